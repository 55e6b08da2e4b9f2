"""``python -m tests.deploy.sign_in URL EMAIL PASSWORD``: sign in as a browser does.

For installations that are tried from outside. Says what page came; ends with 1 where it was the
sign-in page again.
"""

import re
import sys

import requests


def main(url: str, email: str, password: str) -> None:
    """Fetch the form, send it, and look where it leads."""
    browser = requests.Session()
    form = browser.get(f"{url}/login/", timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    if not token:
        sys.exit(f"no form at {form.url} ({form.status_code})")
    sent = {"login": email, "password": password, "csrfmiddlewaretoken": token[1]}
    page = browser.post(f"{url}/login/", sent, headers={"Referer": url}, timeout=60)
    title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
    if not page.ok or page.url.rstrip("/").endswith("/login"):
        sys.exit(f"not signed in: {page.status_code} at {page.url}")
    sys.stdout.write(f"signed in: {title[1].strip() if title else page.url}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
