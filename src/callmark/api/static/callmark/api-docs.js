// Shows the API's page of documentation. The settings stand in the page's own markup.
"use strict";

(() => {
  const { document: url, csrfToken } = document.getElementById("api-docs").dataset;
  window.SwaggerUIBundle({
    dom_id: "#api-docs",
    url,
    deepLinking: true,
    docExpansion: "list",
    // Without this it would ask a public service to check our document.
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
    requestInterceptor: (request) => {
      if (!["GET", "HEAD"].includes(request.method)) {
        request.headers["X-CSRFToken"] = csrfToken;
      }
      return request;
    },
  });
})();
