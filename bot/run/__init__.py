"""Starting, watching and ending Hipline's processes, and what has to be there before."""
