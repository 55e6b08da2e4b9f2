"""The pages of an account's users: their list, imports, and each of them."""

from callmark.portal.pages import account_page
from callmark.portal.views import user_batches, user_details, user_imports, users
from callmark.web.access import Needs

MEMBERSHIP, ADMINISTRATION = Needs.MEMBERSHIP, Needs.ADMINISTRATION
OPERATOR = Needs.OPERATOR
USER = "users/<uuid:user_id>"

users_patterns = [
    account_page("users/", users.users, name="users", needs=ADMINISTRATION),
    account_page(
        "users/import/", user_imports.users_import, name="users_import", needs=ADMINISTRATION
    ),
    account_page(
        "users/import/problems/",
        user_imports.problems,
        name="users_import_problems",
        needs=ADMINISTRATION,
    ),
    account_page("users/change/", user_batches.change, name="users_change", needs=ADMINISTRATION),
    account_page(
        "users/change/progress/",
        user_batches.progress,
        name="users_progress",
        needs=ADMINISTRATION,
    ),
    account_page(
        "users/changes/", user_batches.changes, name="users_changes", needs=ADMINISTRATION
    ),
    account_page("users/change/undo/", user_batches.undo, name="users_undo", needs=ADMINISTRATION),
    account_page(
        "users/<uuid:user_id>/settings/",
        users.user_settings,
        name="user_settings",
        needs=MEMBERSHIP,
    ),
    account_page(
        "users/<uuid:user_id>/lift-lockout/",
        users.lift,
        name="lift_lockout",
        needs=ADMINISTRATION,
    ),
    account_page("users/add/", user_details.add, name="user_add", needs=ADMINISTRATION),
    account_page(
        "users/add-trunk/", user_details.trunk_add, name="trunk_add", needs=ADMINISTRATION
    ),
    account_page(
        f"{USER}/details/", user_details.details, name="user_details", needs=ADMINISTRATION
    ),
    account_page(f"{USER}/active/", user_details.active, name="user_active", needs=ADMINISTRATION),
    account_page(f"{USER}/delete/", user_details.delete, name="user_delete", needs=ADMINISTRATION),
    account_page(
        f"{USER}/extensions/add/",
        user_details.extension_add,
        name="extension_add",
        needs=OPERATOR,
    ),
    account_page(
        f"{USER}/extensions/<uuid:extension_id>/remove/",
        user_details.extension_remove,
        name="extension_remove",
        needs=OPERATOR,
    ),
    account_page(
        f"{USER}/numbers/add/", user_details.number_add, name="number_add", needs=OPERATOR
    ),
    account_page(
        f"{USER}/numbers/<uuid:number_id>/remove/",
        user_details.number_remove,
        name="number_remove",
        needs=OPERATOR,
    ),
]
