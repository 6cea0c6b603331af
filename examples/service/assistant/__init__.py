"""A chat service: enough of one to have settings."""
