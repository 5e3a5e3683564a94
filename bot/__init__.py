"""Hipline: an assistant for clinics that give hip injections."""
