/** The documentation's page: a field for the API key, then Swagger UI. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ServiceFlow API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<header class="bar">
<h1>ServiceFlow API</h1>
<nav aria-label="Parts">
<a href="/docs" data-part="operations">Operations</a>
<a href="/docs/webhooks" data-part="webhooks">Webhooks</a>
<a href="/openapi.json">Document</a>
</nav>
<button id="theme" type="button" aria-label="Switch between light and dark">Dark</button>
</header>
<form id="key-form" class="key">
<label for="key">API key</label>
<div class="key-row">
<input id="key" type="password" placeholder="sf_..." autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="key-state">
<button type="submit">Use</button>
</div>
<output id="key-state" for="key">Kept by this page until you leave or reload it.</output>
</form>
<main id="swagger-ui" aria-busy="true"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
