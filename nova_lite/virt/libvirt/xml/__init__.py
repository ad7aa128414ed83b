"""The domain XML of a guest, built from records; https://libvirt.org/formatdomain.html is what it says.

`domain.build(guest)` is a list of small builders, one an element. All text goes through ElementTree, so nothing
that a user typed can become an element of its own.
"""
