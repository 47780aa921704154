"""What staff do with programmes: publish, clone, move dates, tell. One module a verb family."""
