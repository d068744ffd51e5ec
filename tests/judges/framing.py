"""The verify button on another site, and which pages may stand in its frames."""

import http.server
import threading
import time

LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
SIZES = {"phone": (390, 844), "desk": (1280, 900)}


def headers_of(checks, server):
    page = server.get("/scan")
    policy = page[1]["content-security-policy"].split("; ")
    checks.none((r for r in ("default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'", "frame-ancestors 'none'") if r not in policy), "/scan: scripts, workers and questions from and to this site alone")
    checks.check("unsafe" not in page[1]["content-security-policy"] and page[1]["permissions-policy"].startswith("camera=(self)"), "/scan: the camera, nothing unsafe")
    for path in ("/", "/verify", "/embed", "/embed/guide"):
        headers = server.get(path)[1]
        checks.check("script-src" not in headers["content-security-policy"] and "camera=()" in headers["permissions-policy"], f"{path}: no script, no camera")
    framed = server.get("/embed")[1]
    checks.check("frame-ancestors *" in framed["content-security-policy"] and "x-frame-options" not in framed and "set-cookie" not in framed, "/embed may be framed, and sets no cookie")
    chosen = server.get("/embed", lang="en", number="LH014202600001")[1]
    checks.check("set-cookie" not in chosen, "/embed sets no cookie for a language either")
    for path in ("/", "/lookup", "/verify", "/c/LH014202600001", "/embed/guide", "/scan"):
        headers = server.get(path)[1]
        checks.check("frame-ancestors 'none'" in headers["content-security-policy"] and headers["x-frame-options"] == "DENY", f"{path} may not be framed")
    checks.equal(server.get("/sw.js")[1]["cache-control"], "no-cache", "the service worker is asked for anew each time")


def button(checks, scanner, server, row, work):
    """The button and the frame on another site: an origin of its own, with a strict policy."""
    home, number = scanner.door.url, row["number"]
    body = f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>另一个网站</title></head><body><main><h1>优秀毕业生</h1>
<p><a id="plain" class="yinxin-verify" href="{home}/" data-number="{number[:5]} {number[5:]}">查验证书</a></p>
<p><a id="empty" class="yinxin-verify" href="{home}/" data-number="{number}" data-lang="en"></a></p>
<p><a id="foreign" class="yinxin-verify" href="https://elsewhere.example/" data-number="{number}">别处</a></p>
<p><a id="odd" class="yinxin-verify" href="{home}/" data-number="../../x?">坏编号</a></p>
<iframe id="frame" src="{home}/embed?number={number}" title="查验证书" width="400" height="160"></iframe>
<iframe id="answer" src="{home}/c/{number}" title="不应显示" width="400" height="150"></iframe></main>
<script src="{home}/embed.js" async></script></body></html>""".encode()

    class Other(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", f"default-src 'none'; script-src {home}; frame-src {home}; base-uri 'none'")
            self.end_headers()
            self.wfile.write(body)

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    browser = scanner.browser
    try:
        browser.ask("page", width=1280, height=900)
        browser.ask("open", url=f"http://localhost:{other.server_port}/")
        browser.wait("document.getElementById('plain').target === '_blank'")
        link = lambda id: browser.run(f"(({{href, target, rel, textContent}}) => [href, target, rel, textContent])(document.getElementById('{id}'))")
        checks.equal(link("plain"), [f"{home}/c/{number}", "_blank", "noopener", "查验证书"], "the button leads to the certificate in a tab of its own")
        checks.equal(link("empty"), [f"{home}/c/{number}?lang=en", "_blank", "noopener", "Verify this certificate"], "an empty button gets a text in its language")
        checks.equal(link("foreign")[:2], ["https://elsewhere.example/", ""], "a link that leads elsewhere is left alone")
        checks.equal(link("odd")[0], f"{home}/", "what is no number is not made an address")
        scanner.browser.ask("shot", path=str(work / "button.png"))
        faults = [f for f in browser.ask("faults") if "frame-ancestors" not in f and "ERR_BLOCKED_BY_RESPONSE" not in f]
        checks.equal(faults, [], "another site's strict policy is not violated by the button")
        checks.check(any("frame-ancestors" in f for f in browser.ask("faults")), "the browser refuses to show an answer inside another site")
        browser.run("document.getElementById('plain').click()")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not any(f"/c/{number}" in t for t in browser.ask("tabs")):
            time.sleep(0.1)
        checks.check(any(t == f"{home}/c/{number}" for t in browser.ask("tabs")), "the answer stands in a tab of its own", str(browser.ask("tabs")))
    finally:
        other.shutdown()
        other.server_close()
    for language in LANGUAGES:
        for size, (width, height) in SIZES.items():
            for name in ("/embed", "/embed/guide"):
                browser.ask("page", width=width, height=height, language=LANGUAGES[language])
                browser.ask("open", url=f"{home}{name}" + ("?number=" + number if name == "/embed" else ""))
                scanner.look(f"{name[1:].replace('/', '-')}-{language}-{size}")
                checks.check(browser.run("document.documentElement.scrollWidth <= innerWidth"), f"{name}, {language}, {size}: nothing to scroll sideways")
    without = server.get("/embed/guide")[2].decode()
    checks.check("/embed.js" in without and "<script src" not in without, "the guide shows the code and runs none")
