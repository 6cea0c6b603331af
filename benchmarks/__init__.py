"""What is measured about speed and memory; see `__main__`. Nothing else imports this package."""
