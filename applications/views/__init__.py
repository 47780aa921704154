"""The pages of a candidate: applying to a call, then following the application."""
