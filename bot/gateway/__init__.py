"""The only public process: takes a message through, whatever door it came by."""
