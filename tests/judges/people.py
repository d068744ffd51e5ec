"""People with accounts, as other judges need them: signed in over HTTP, with the codes that a telephone and an app would show."""

import base64
import hashlib
import hmac
import http.client
import re
import struct
import time
import urllib.parse

PASSWORD = "蓝海杯是一场比赛呀"


def totp(secret, at=None):
    """RFC 6238 with SHA-1, six digits, 30 seconds."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place:place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


class Person:
    """A browser of one person: it keeps cookies."""

    def __init__(self, server):
        self.server, self.cookies = server, {}

    def ask(self, method, path, form=None):
        """(status, where it leads, page)."""
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()), "Accept-Language": "zh-CN"}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";")[0]
            return answer.status, answer.getheader("location", ""), page
        finally:
            connection.close()

    def sign_in(self, telephone, password=PASSWORD):
        return self.ask("POST", "/sign-in", {"telephone": telephone, "password": password})[1]

    def enrol(self):
        """Sets up the second factor; answers its secret."""
        page = self.ask("GET", "/account/second-factor")[2]
        secret = hidden(page, "secret")
        self.ask("POST", "/account/second-factor", {"token": hidden(page, "token"), "secret": secret, "code": totp(secret)})
        return secret

    def register(self, telephone, office, name, last_code):
        """Registers; `last_code` tells the code that came to the telephone."""
        page = self.ask("POST", "/register", {"telephone": telephone, "office": office})[2]
        form = {"telephone": telephone, "office": office, "ticket": hidden(page, "ticket"), "code": last_code(), "name": name, "password": PASSWORD}
        return self.ask("POST", "/register/confirm", form)[1]


def codes_in(yinxin):
    """The codes that the server wrote to its log in place of a telephone."""
    return re.findall(r"验证码 (\d{6})", yinxin.log_text())
