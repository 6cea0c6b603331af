"""The application that stands in for every service's image.

Reads its environment as the real services do and does what they do to be ready and to answer: it asks
PostgreSQL and Redis, signs and verifies tokens, speaks WebSocket. It knows nothing of the sandbox; where it
runs, and with what variables, is the whole truth about it.
"""
