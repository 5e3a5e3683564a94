"""The desk: the pages of the clinic's own staff, behind accounts."""
