"""One message through: from the door that it came in by to its replies."""
