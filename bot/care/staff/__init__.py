"""Who works at the desk: accounts, passwords, sessions, codes, and the pause after failed attempts."""
