"""OpenStack Nova made small: the same REST API, the same processes, the same queues."""
