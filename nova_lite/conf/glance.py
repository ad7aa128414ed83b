"""Options of images: nova-lite's own service, and a real Glance instead."""

from oslo_config import cfg

OPTIONS = {
    "glance": [
        cfg.StrOpt(
            "driver",
            default="local",
            choices=["local", "glance"],
            help="Where nova-api finds images: nova-lite's own store and tables (local), or a Glance by HTTP."
            " nova-compute always uses HTTP, to either.",
        ),
        cfg.ListOpt(
            "api_servers",
            default=["http://127.0.0.1:9292"],
            help="URLs of the image API (no version), tried in turn.",
        ),
        cfg.IntOpt("num_retries", default=3, min=0, help="Tries more after a failed download."),
        cfg.IntOpt(
            "timeout", default=60, min=1, help="Seconds without a byte after which a request is given up."
        ),
        cfg.StrOpt("cafile", help="CA certificates (PEM) for HTTPS."),
        cfg.BoolOpt("insecure", default=False, help="Do not check the certificate."),
    ],
    "image": [
        cfg.StrOpt(
            "store_path", default="$state_path/images", help="Directory of nova-lite's own image store."
        ),
        cfg.IntOpt("max_image_size", default=1 << 40, min=1, help="Bytes of the largest image taken."),
        cfg.StrOpt("hash_algorithm", default="sha512", help="Algorithm of os_hash_value."),
        cfg.StrOpt("public_endpoint", help="URL that replaces scheme, host and port in links."),
        cfg.IntOpt(
            "limit_param_default", default=25, min=1, help="Images of a page, if the request sets no limit."
        ),
        cfg.IntOpt("api_limit_max", default=1000, min=1, help="Most images of a page."),
        cfg.IntOpt("image_property_quota", default=128, help="Most properties of an image; -1: no limit."),
        cfg.IntOpt("image_tag_quota", default=128, help="Most tags of an image; -1: no limit."),
        cfg.IntOpt("image_member_quota", default=128, help="Most members of an image; -1: no limit."),
        cfg.ListOpt(
            "disk_formats",
            default=[
                "ami",
                "ari",
                "aki",
                "vhd",
                "vhdx",
                "vmdk",
                "raw",
                "qcow2",
                "vdi",
                "iso",
                "ploop",
                "luks",
                "gpt",
            ],
            help="Values taken for disk_format.",
        ),
        cfg.ListOpt(
            "container_formats",
            default=["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"],
            help="Values taken for container_format.",
        ),
        cfg.BoolOpt(
            "require_image_format_match",
            default=True,
            help="Refuse data whose content is not of the declared disk_format.",
        ),
        cfg.BoolOpt(
            "gpt_safety_checks_nonfatal",
            default=True,
            help="Take images whose partition table looks wrong, with a warning in the log: boot sectors of"
            " many file systems look like one.",
        ),
    ],
}
