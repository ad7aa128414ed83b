"""The addresses of a server, by network label, out of its network_info (Nova's network model)."""


def _each(network_info):
    """Yield (label, IP version, address, fixed or floating, MAC address)."""
    for vif in network_info or ():
        network = vif.get("network") or {}
        label, mac = network.get("label"), vif.get("address")
        for subnet in network.get("subnets") or ():
            for ip in subnet.get("ips") or ():
                yield label, ip.get("version", 4), ip["address"], "fixed", mac
                for floating in ip.get("floating_ips") or ():
                    yield label, floating.get("version", 4), floating["address"], "floating", mac


def extended(network_info) -> dict[str, list[dict]]:
    """Return label → addresses with type and MAC address: what server records show."""
    found: dict[str, list[dict]] = {}
    if not network_info:
        return found
    for label, version, address, kind, mac in _each(network_info):
        found.setdefault(label, []).append(
            {"version": version, "addr": address, "OS-EXT-IPS:type": kind, "OS-EXT-IPS-MAC:mac_addr": mac}
        )
    return found


def plain(network_info) -> dict[str, list[dict]]:
    """Return label → addresses with their version only: what `/ips` shows."""
    found: dict[str, list[dict]] = {}
    for label, version, address, _kind, _mac in _each(network_info):
        found.setdefault(label, []).append({"version": version, "addr": address})
    return found
