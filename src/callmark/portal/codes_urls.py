"""The addresses of pages about an account's codes: one, lists of many, what was done to many."""

from django.urls import URLPattern

from callmark.portal.pages import account_page
from callmark.portal.views import code_lists, codes, many_codes
from callmark.web.access import Needs

ADMINISTRATION = Needs.ADMINISTRATION
CODE_CHANGE = "account-codes/codes/changes/<uuid:batch_id>/"

codes_patterns: list[URLPattern] = [
    account_page("account-codes/codes/", codes.codes, name="codes", needs=ADMINISTRATION),
    account_page(
        "account-codes/codes/search/", codes.search, name="codes_search", needs=ADMINISTRATION
    ),
    account_page(
        "account-codes/codes/import/",
        code_lists.codes_import,
        name="codes_import",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/codes/import/problems/",
        code_lists.problems,
        name="import_problems",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/codes/export/",
        code_lists.codes_export,
        name="codes_export",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/codes/many/", many_codes.codes_many, name="codes_many", needs=ADMINISTRATION
    ),
    account_page(
        "account-codes/codes/changes/",
        many_codes.code_changes,
        name="code_changes",
        needs=ADMINISTRATION,
    ),
    account_page(CODE_CHANGE, many_codes.code_change, name="code_change", needs=ADMINISTRATION),
    account_page(
        f"{CODE_CHANGE}undo/",
        many_codes.code_change_undo,
        name="code_change_undo",
        needs=ADMINISTRATION,
    ),
    account_page(
        f"{CODE_CHANGE}left/",
        many_codes.code_change_left,
        name="code_change_left",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/codes/<uuid:code_id>/rename/",
        codes.rename,
        name="code_rename",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/codes/<uuid:code_id>/delete/",
        codes.delete,
        name="code_delete",
        needs=ADMINISTRATION,
    ),
    account_page(
        "account-codes/codes/<uuid:code_id>/active/",
        codes.set_active,
        name="code_active",
        needs=ADMINISTRATION,
    ),
]
