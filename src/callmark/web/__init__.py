"""What pages and API share: everything about a request that is neither a page nor an operation.

Here belongs what both need, and what works for every request before it is known which of them it
is for: who asks and what they may do (``access``), where a request comes from (``origin``), how
much it may ask for and send (``limits``), what an error looks like to a program (``problems``), the
headers of every answer (``headers``), files to save (``csv``), the log of what is refused
(``refusal_log``), and that a second factor comes first (``second_factor``).

Here does not belong: what only pages have (templates, forms, htmx: ``portal``), what only programs
have (schemas, cursors, ETags, idempotency keys, OpenAPI: ``api``), how somebody proves who they are
(``sign_in``), and any rule about accounts, codes or calls (their own packages).
"""
