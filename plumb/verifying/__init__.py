"""What `plumb verify` does: which jobs there are, how they are run in the sandbox and on Google Cloud."""
