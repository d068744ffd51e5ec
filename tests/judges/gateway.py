"""A double of a payment gateway for trials and judges: a page with a button, and notices by Standard Webhooks, as public gateways send them.

Nothing of the program is used: addresses and signatures are checked and made from `docs/orders.md` and the specification alone.

    with Gateway(site="http://127.0.0.1:8080") as gateway:
        configuration += gateway.configuration(folder)   # writes the secret into the data folder
        ...                                              # the payer presses the button; the site is told twice
        gateway.deliveries                               # what was sent, and what the site answered

`site` is where notices go; it may be set once it is known.
"""

import base64
import hashlib
import hmac
import html
import http.server
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

NAME = "trial"
MERCHANT = "yinxin-trial"
BEIJING = timezone(timedelta(hours=8))


def signed(secret, message, second, body):
    """The signature of a notice: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    code = hmac.new(secret, f"{message}.{second}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(code).decode()


class Gateway:
    """Listens on 127.0.0.1 until it is closed. `times` is how often each notice is sent."""

    def __init__(self, site=None, times=2, clock=time.time):
        self.site, self.times, self.clock = site, times, clock
        self.secret, self.payments, self.deliveries = secrets.token_bytes(32), {}, []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def configuration(self, folder):
        """What `yinxin.toml` of a data folder needs; the secret goes into a file there."""
        (Path(folder) / "gateway-secret.txt").write_text("whsec_" + base64.b64encode(self.secret).decode() + "\n")
        return (
            f'\n[payment.gateway]\nname = "{NAME}"\nlabel = "试用支付"\nlabel_en = "Trial Pay"\nmerchant = "{MERCHANT}"\n'
            f'pay_url = "{self.url}/pay"\nrefund_url = "{self.url}/refund"\nsecret_file = "gateway-secret.txt"\n'
        )

    def read(self, query):
        """The parameters of a signed address; `None` if its signature or its time is not right."""
        text, _, sign = query.rpartition("&sign=")
        wanted = hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()
        fields = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        fresh = abs(int(fields.get("time", "0")) - self.clock()) < 600
        in_order = [part.split("=")[0] for part in text.split("&")]
        good = hmac.compare_digest(sign, wanted) and in_order == sorted(in_order) and fields.get("merchant") == MERCHANT and fields.get("currency") == "CNY"
        return fields if good and fresh else None

    def notice(self, kind, order, transaction, amount):
        """A notice's body."""
        now = datetime.fromtimestamp(self.clock(), BEIJING).isoformat(timespec="seconds")
        data = {"order": order, "transaction": transaction, "amount": amount, "paid_at": now}
        return json.dumps({"type": kind, "timestamp": now, "data": data}, ensure_ascii=False).encode()

    def deliver(self, body, message=None, second=None, secret=None):
        """Sends one notice; answers the site's status."""
        message, second = message or "msg_" + secrets.token_hex(12), str(second if second is not None else int(self.clock()))
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": second,
            "webhook-signature": signed(secret or self.secret, message, second, body),
        }
        request = urllib.request.Request(f"{self.site}/pay/callback/{NAME}", data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        self.deliveries.append((message, json.loads(body)["type"], status))
        return status

    def tell(self, kind, order, transaction, amount):
        """Sends a notice as often as this gateway repeats itself: the same message each time."""
        body, message = self.notice(kind, order, transaction, amount), "msg_" + secrets.token_hex(12)
        return [self.deliver(body, message) for _ in range(self.times)]

    def pay(self, fields):
        """The payer has pressed the button."""
        transaction = "T" + secrets.token_hex(8)
        self.payments[transaction] = (fields["order"], int(fields["amount"]))
        return self.tell("payment.succeeded", fields["order"], transaction, int(fields["amount"]))

    def refund(self, fields):
        """The cashier has pressed the button."""
        return self.tell("refund.succeeded", fields["order"], fields["transaction"], int(fields["amount"]))

    def _handler(self):
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, body="", location=None):
                self.send_response(status)
                if location:
                    self.send_header("location", location)
                data = body.encode()
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def page(self, kind, query):
                fields = gateway.read(query)
                if fields is None:
                    return self.answer(400, "<p>the signature of this address is not right</p>")
                yuan = f"¥{int(fields['amount']) / 100:.2f}"
                words = {"pay": f"支付 {yuan}", "refund": f"退款 {yuan}"}[kind]
                order = html.escape(fields["order"])
                self.answer(
                    200,
                    f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>试用支付</title>'
                    f"<main><h1>试用支付</h1><p>订单 {order}</p><p>{yuan}</p>"
                    f'<form method="post" action="/{kind}?{html.escape(query)}"><button>{words}</button></form></main></html>',
                )

            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path in ("/pay", "/refund"):
                    return self.page(path[1:], query)
                self.answer(404)

            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length") or 0))
                path, _, query = self.path.partition("?")
                fields = gateway.read(query)
                if path not in ("/pay", "/refund") or fields is None:
                    return self.answer(400)
                (gateway.pay if path == "/pay" else gateway.refund)(fields)
                self.answer(303, location=fields["return_url"])

        return Handler
