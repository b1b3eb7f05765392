"""How to install on common kinds of site, and how a customer's server signs and verifies.

sdk/README.md shows the same recipes; a test keeps the two the same.
"""

from __future__ import annotations

from typing import NamedTuple

from trk_sdk.snippet import async_tag, js


class Recipe(NamedTuple):
    """The kind of site or the language, what to do there (Markdown), and the code."""

    title: str
    words: str
    code: str


def sites(
    key: str, address: str, name: str = "Purchase", *, queue: str = "Gleam"
) -> tuple[Recipe, ...]:
    """How to push the tracking name on each kind of site; `queue` is the page's global."""
    quoted = js(name)
    opened = f"window.{queue} = window.{queue} || [];"
    return (
        Recipe(
            "Google Tag Manager",
            "A *Custom HTML* tag with the loader, on *All Pages*, and another for each push, on "
            "its own trigger, with your variables:",
            "<script>\n"
            f"  {opened}\n"
            # Tag Manager would read two braces as a variable of its own.
            f"  {queue}.push([{quoted.replace('{', chr(92) + 'u007b')}, {{{{Order ID}}}}]);\n"
            "</script>",
        ),
        Recipe(
            "Shopify",
            "The loader goes into the theme's `theme.liquid`, before `</head>`. The checkout runs "
            "only *custom pixels*, in a sandbox without the shop's storage, so there the pixel "
            "sends the beacon itself (*Settings, Customer events, Add custom pixel*):",
            "analytics.subscribe('checkout_completed', async (event) => {\n"
            "  const visitor = await browser.cookie.get('gleam_id');\n"
            "  if (!visitor) return;\n"
            "  const random = [...crypto.getRandomValues(new Uint8Array(15))]"
            ".map((n) => (n & 15).toString(16));\n"
            "  const id = Date.now().toString(16).padStart(12, '0') + '7000a' + random.join('');\n"
            f"  fetch('{address}/{key}/beacon', {{\n"
            "    method: 'POST',\n"
            "    keepalive: true,\n"
            "    body: JSON.stringify({ id, visitor, "
            f"pairs: [[{quoted}, event.data.checkout.order.id]] }}),\n"
            "  });\n"
            "});",
        ),
        Recipe(
            "WordPress and WooCommerce",
            "In the theme's `functions.php` (or a snippets plugin):",
            "add_action('wp_head', function () { ?>\n"
            f"  {async_tag(key, address)}\n"
            "<?php });\n"
            "add_action('woocommerce_thankyou', function ($order_id) { ?>\n"
            "  <script>\n"
            f"    {opened}\n"
            f"    {queue}.push([{quoted}, <?php echo wp_json_encode((string) $order_id); ?>]);\n"
            "  </script>\n"
            "<?php });",
        ),
        Recipe(
            "React",
            "Push in an effect, not while rendering. In development, StrictMode runs effects "
            "twice, which still unlocks only once.",
            f"useEffect(() => {{\n  {opened}\n  window.{queue}.push([{quoted}]);\n}}, []);",
        ),
        Recipe(
            "Continue once it is stored",
            "The page's own timer lets it continue if the script never loads: then neither "
            "function is called, and what was pushed is lost with the page.",
            "function pushAndGoOn(item, goOn) {\n"
            "  var gone = false;\n"
            "  function once() {\n"
            "    if (gone) return;\n"
            "    gone = true;\n"
            "    goOn();\n"
            "  }\n"
            # First, so that a page whose global is another thing goes on as well.
            "  setTimeout(once, 3000);\n"
            f"  {opened}\n"
            f"  window.{queue}.push(item, ['callback', once], ['error', once]);\n"
            "}\n\n"
            f"pushAndGoOn([{quoted}], function () {{ location.href = '/welcome'; }});",
        ),
    )


def signatures(key: str) -> tuple[Recipe, ...]:
    """A function in each language that signs a name and a value for the campaign `key`.

    It reads the secret from the environment (CAMPAIGN_SECRET), so that none is in a repository.
    """
    return (
        Recipe(
            "Python",
            "",
            "import hmac, os\n\n"
            "def signature(name: str, value: str) -> str:\n"
            f'    message = f"{key}\\n{{name}}\\n{{value}}"\n'
            '    secret = os.environ["CAMPAIGN_SECRET"]\n'
            '    return hmac.new(secret.encode(), message.encode(), "sha256").hexdigest()',
        ),
        Recipe(
            "PHP",
            "",
            "function signature(string $name, string $value): string {\n"
            f'    $message = "{key}\\n$name\\n$value";\n'
            "    return hash_hmac('sha256', $message, getenv('CAMPAIGN_SECRET'));\n"
            "}",
        ),
        Recipe(
            "Node.js",
            "",
            "import { createHmac } from 'node:crypto';\n\n"
            "export function signature(name, value) {\n"
            f"  const message = `{key}\\n${{name}}\\n${{value}}`;\n"
            "  return createHmac('sha256', process.env.CAMPAIGN_SECRET)"
            ".update(message).digest('hex');\n"
            "}",
        ),
        Recipe(
            "Ruby",
            "",
            'require "openssl"\n\n'
            "def signature(name, value)\n"
            f'  message = "{key}\\n#{{name}}\\n#{{value}}"\n'
            '  OpenSSL::HMAC.hexdigest("SHA256", ENV.fetch("CAMPAIGN_SECRET"), message)\n'
            "end",
        ),
        Recipe(
            "Go",
            "",
            'import (\n\t"crypto/hmac"\n\t"crypto/sha256"\n\t"encoding/hex"\n\t"os"\n)\n\n'
            "func signature(name, value string) string {\n"
            '\tmac := hmac.New(sha256.New, []byte(os.Getenv("CAMPAIGN_SECRET")))\n'
            f'\tmac.Write([]byte("{key}\\n" + name + "\\n" + value))\n'
            "\treturn hex.EncodeToString(mac.Sum(nil))\n"
            "}",
        ),
    )


def verifications() -> tuple[Recipe, ...]:
    """A function in each language that says whether a webhook's request is genuine.

    It takes the headers and the raw body, not one that was parsed and serialised again. It reads
    the endpoint's secret from the environment (WEBHOOK_SECRET).
    """
    return (
        Recipe(
            "Python",
            "`body` is bytes; `headers` is case-insensitive, as in most frameworks.",
            "import base64, hmac, os, time\n\n"
            "def is_genuine(body: bytes, headers) -> bool:\n"
            '    event = headers.get("webhook-id", "")\n'
            '    sent = headers.get("webhook-timestamp", "")\n'
            "    if not sent.isdecimal() or abs(time.time() - int(sent)) > 300:\n"
            "        return False\n"
            '    key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))\n'
            '    made = hmac.digest(key, f"{event}.{sent}.".encode() + body, "sha256")\n'
            '    expected = b"v1," + base64.b64encode(made)\n'
            '    given = headers.get("webhook-signature", "").encode().split()\n'
            "    return any(hmac.compare_digest(expected, each) for each in given)",
        ),
        Recipe(
            "Node.js",
            "`body` is a string or a Buffer; `headers` are those of Node, in lower case.",
            "import { createHmac, timingSafeEqual } from 'node:crypto';\n\n"
            "export function isGenuine(body, headers) {\n"
            "  const event = headers['webhook-id'], sent = headers['webhook-timestamp'];\n"
            "  if (!(Math.abs(Date.now() / 1000 - Number(sent)) <= 300)) return false;\n"
            "  const secret = process.env.WEBHOOK_SECRET.replace('whsec_', '');\n"
            "  const made = createHmac('sha256', Buffer.from(secret, 'base64'))\n"
            "    .update(`${event}.${sent}.`).update(body).digest('base64');\n"
            "  const expected = Buffer.from(`v1,${made}`);\n"
            "  return (headers['webhook-signature'] ?? '').split(' ')\n"
            "    .map((each) => Buffer.from(each))\n"
            "    .some((each) => each.length === expected.length\n"
            "      && timingSafeEqual(each, expected));\n"
            "}",
        ),
        Recipe(
            "PHP",
            "`$body` is `file_get_contents('php://input')`.",
            "function is_genuine(string $body): bool {\n"
            "    $event = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';\n"
            "    $sent = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';\n"
            "    if (!ctype_digit($sent) || abs(time() - (int) $sent) > 300) {\n"
            "        return false;\n"
            "    }\n"
            "    $key = base64_decode(str_replace('whsec_', '', getenv('WEBHOOK_SECRET')));\n"
            "    $made = hash_hmac('sha256', \"$event.$sent.$body\", $key, true);\n"
            "    $expected = 'v1,' . base64_encode($made);\n"
            "    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $each) {\n"
            "        if (hash_equals($expected, $each)) {\n"
            "            return true;\n"
            "        }\n"
            "    }\n"
            "    return false;\n"
            "}",
        ),
    )
