"""The roles that other rules are written in (Nova's names and check strings)."""

from oslo_policy import policy

ADMIN = "rule:context_is_admin"
PROJECT_READER = "rule:project_reader_api"
PROJECT_MEMBER = "rule:project_member_api"
PROJECT_READER_OR_ADMIN = "rule:project_reader_or_admin"
PROJECT_MEMBER_OR_ADMIN = "rule:project_member_or_admin"
PROJECT_MANAGER_OR_ADMIN = "rule:project_manager_or_admin"
SERVICE_ROLE = "rule:service_role"
ANY = "@"
NOBODY = "!"


def rule(name: str, check: str, description: str, *operations: str) -> policy.DocumentedRuleDefault:
    """Return a documented rule; `operations` are "METHOD /path" strings."""
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check,
        description=description,
        operations=[
            {"method": method, "path": path} for method, path in (each.split(" ", 1) for each in operations)
        ],
        scope_types=["project"],
    )


RULES = [
    policy.RuleDefault(
        "context_is_admin", "role:admin", "Decides what is required for the 'is_admin:True' check."
    ),
    policy.RuleDefault(
        "admin_or_owner", "is_admin:True or project_id:%(project_id)s", "Administrator or owner."
    ),
    policy.RuleDefault("admin_api", "is_admin:True", "Administrator."),
    policy.RuleDefault(
        "project_member_api", "role:member and project_id:%(project_id)s", "Member of the project."
    ),
    policy.RuleDefault(
        "project_reader_api", "role:reader and project_id:%(project_id)s", "Reader of the project."
    ),
    policy.RuleDefault(
        "project_manager_api", "role:manager and project_id:%(project_id)s", "Manager of the project."
    ),
    policy.RuleDefault(
        "project_manager_or_admin",
        "rule:project_manager_api or rule:context_is_admin",
        "Manager or administrator.",
    ),
    policy.RuleDefault(
        "project_member_or_admin",
        "rule:project_member_api or rule:context_is_admin",
        "Member or administrator.",
    ),
    policy.RuleDefault(
        "project_reader_or_admin",
        "rule:project_reader_api or rule:context_is_admin",
        "Reader or administrator.",
    ),
    policy.RuleDefault("service_role", "role:service", "Another OpenStack service."),
]
