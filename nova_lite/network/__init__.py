"""Networks of servers: the Python interface (`api.py`), and drivers under it."""
