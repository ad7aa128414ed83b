"""Images: the interface that compute code uses (`api.py`), and nova-lite's own image service behind it."""
