"""Options of the HTTP faces: which are served, where, and how the compute API answers."""

from oslo_config import cfg


def _listen(name: str, port: int) -> list:
    return [
        cfg.StrOpt(f"{name}_listen", default="127.0.0.1", help=f"Address that the {name} API listens on."),
        cfg.PortOpt(f"{name}_listen_port", default=port, help=f"Port that the {name} API listens on."),
    ]


OPTIONS = {
    "DEFAULT": [
        cfg.ListOpt(
            "enabled_apis",
            default=["osapi_compute", "identity", "image"],
            help="HTTP faces that nova-api serves, each on a port of its own. Leave out identity or image when"
            " Keystone or Glance serve them.",
        ),
        *_listen("osapi_compute", 8774),
        *_listen("identity", 5000),
        *_listen("image", 9292),
        cfg.IntOpt("osapi_compute_workers", default=1, min=1, help="Processes of nova-api."),
        cfg.IntOpt(
            "api_threads", default=16, min=1, help="Requests that one nova-api process works on at a time."
        ),
        cfg.StrOpt(
            "default_availability_zone", default="nova", help="Zone of hosts in no aggregate with a zone."
        ),
        cfg.StrOpt(
            "internal_service_availability_zone", default="internal", help="Zone shown for other services."
        ),
        cfg.StrOpt("default_schedule_zone", help="Zone that a server gets when the request names none."),
        cfg.StrOpt(
            "osapi_compute_unique_server_name_scope",
            default="",
            choices=["", "project", "global"],
            help="Refuse a server name that is already used in this scope.",
        ),
        cfg.IntOpt("password_length", default=12, min=0, help="Length of generated admin passwords."),
        cfg.StrOpt(
            "instance_name_template",
            default="instance-%08x",
            help="Name of a server at the hypervisor: %% formatting of the server's integer id.",
        ),
    ],
    "wsgi": [
        cfg.StrOpt("api_paste_config", default="api-paste.ini", help="File that wires the HTTP pipelines."),
        cfg.IntOpt(
            "client_socket_timeout", default=900, min=1, help="Seconds that an idle client may keep a socket."
        ),
        cfg.IntOpt("max_header_line", default=16384, min=1024, help="Bytes of the headers of a request."),
        cfg.StrOpt("ssl_cert_file", help="Certificate (PEM); set it with ssl_key_file to serve HTTPS."),
        cfg.StrOpt("ssl_key_file", help="Private key (PEM)."),
    ],
    "api": [
        cfg.StrOpt(
            "auth_strategy",
            default="fernet",
            choices=["fernet", "keystone", "noauth2"],
            help="Who checks tokens: nova-lite's own identity (fernet), Keystone through keystonemiddleware"
            " (keystone), or nobody (noauth2; tests only).",
        ),
        cfg.IntOpt("max_limit", default=1000, min=1, help="Most items that one page of a list holds."),
        cfg.StrOpt("compute_link_prefix", help="URL that replaces scheme, host and port in links."),
        cfg.StrOpt("glance_link_prefix", help="URL that replaces scheme, host and port in links to images."),
        cfg.BoolOpt("enable_instance_password", default=True, help="Return adminPass when a server is made."),
        cfg.BoolOpt(
            "use_forwarded_for", default=False, help="Take the client's address from X-Forwarded-For."
        ),
        cfg.StrOpt(
            "vendordata_jsonfile_path", help="File with a JSON object that servers find as vendor_data.json."
        ),
        cfg.StrOpt(
            "dhcp_domain", default="novalocal", help="Domain appended to a server's hostname in metadata."
        ),
    ],
    "quota": [
        cfg.StrOpt(
            "driver", default="db", choices=["db", "noop"], help="Where limits come from; noop: none."
        ),
        *[
            cfg.IntOpt(name, default=default, min=-1, help=f"{text}; -1 means no limit.")
            for name, default, text in (
                ("instances", 10, "Servers of a project"),
                ("cores", 20, "VCPUs of a project"),
                ("ram", 50 * 1024, "Memory of a project in MiB"),
                ("metadata_items", 128, "Metadata items of a server"),
                ("injected_files", 5, "Personality files of a server"),
                ("injected_file_content_bytes", 10 * 1024, "Bytes of a personality file"),
                ("injected_file_path_length", 255, "Bytes of a personality file's path"),
                ("key_pairs", 100, "Key pairs of a user"),
                ("server_groups", 10, "Server groups of a project"),
                ("server_group_members", 10, "Servers of a server group"),
            )
        ],
    ],
}
