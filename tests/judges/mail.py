#!/usr/bin/env python3
"""Letters: a mail server of this judge gets them over TLS, refuses some, and Python's own reader of mail says what they are."""

import argparse
import base64
import datetime
import email
import email.policy
import ipaddress
import re
import shutil
import socketserver
import ssl
import threading
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common import Checks, Server, make_data
from people import Person, codes_in, hidden

STUDENT, ADDRESS, SECRET = "13800138000", "ming.ouyang@example.cn", "correct horse battery"


def authority(name, folder):
    """A certificate authority and a server's certificate from it: (authority in PEM, a context for the server)."""
    now = datetime.datetime.now(datetime.timezone.utc)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, "127.0.0.1")]
    made = []
    for subject, key, is_authority in ((names[0], keys[0], True), (names[1], keys[1], False)):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(names[0]).public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        if not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key = keys[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.chain").write_bytes(made[1] + made[0])
    (folder / f"{name}.key").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.chain", folder / f"{name}.key")
    return made[0], context


class PostOffice(socketserver.ThreadingTCPServer):
    """Speaks SMTP as far as a sender needs it. `answers` are what it says to the next letters; after them every letter is taken."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, context, wrapped):
        super().__init__(("127.0.0.1", 0), Clerk)
        self.context, self.wrapped = context, wrapped
        self.answers, self.letters, self.talk = [], [], []
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, address):
        pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Clerk(socketserver.BaseRequestHandler):
    def handle(self):
        office, secure = self.server, False
        connection = self.request
        connection.settimeout(20)
        if office.wrapped:
            connection, secure = office.context.wrap_socket(connection, server_side=True), True
        lines = connection.makefile("rb")

        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        say("220 judge ESMTP")
        while line := lines.readline():
            word = line.decode().strip()
            office.talk.append((secure, word))
            verb = word.split(" ")[0].upper()
            if verb == "EHLO":
                say("250-judge\r\n" + ("250-AUTH PLAIN\r\n" if secure else "250-STARTTLS\r\n") + "250 8BITMIME")
            elif verb == "STARTTLS":
                say("220 go on")
                connection, secure = office.context.wrap_socket(connection, server_side=True), True
                lines = connection.makefile("rb")
            elif verb == "AUTH":
                say("235 welcome")
            elif verb == "DATA":
                say("354 go on")
                letter = b""
                while (line := lines.readline()) not in (b".\r\n", b""):
                    letter += line[1:] if line.startswith(b"..") else line
                answer = office.answers.pop(0) if office.answers else "250 taken"
                if answer.startswith("2"):
                    office.letters.append((secure, letter))
                say(answer)
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")


def until(holds, seconds):
    for _ in range(int(seconds * 10)):
        if holds():
            return True
        time.sleep(0.1)
    return False


def add_address(person, address=ADDRESS):
    """Asks for a code to an address; answers (ticket, token)."""
    token = hidden(person.ask("GET", "/account")[2], "token")
    page = person.ask("POST", "/account/email", {"token": token, "email": address})[2]
    return hidden(page, "ticket"), token


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("mail"), (arguments.work / "mail").resolve()
    (ours, context), (others, _) = authority("ours", work), authority("others", work)
    yinxin = make_data(arguments.bin, work / "data")
    file = yinxin.data / "yinxin.toml"
    plain = re.sub(r'public_url = "[^"]*"', 'public_url = "http://127.0.0.1"', file.read_text(encoding="utf-8"))
    (yinxin.data / "ours.pem").write_bytes(ours)
    (yinxin.data / "others.pem").write_bytes(others)
    (yinxin.data / "mail-password").write_text(SECRET + "\n")

    def configure(office, security, root):
        table = f'\n[mail]\nserver = "127.0.0.1"\nport = {office.port}\nsecurity = "{security}"\nuser = "zs"\npassword_file = "mail-password"\nroot = "{root}"\nfrom = "印信 <zs@example.cn>"\n'
        file.write_text(plain + table, encoding="utf-8")

    with PostOffice(context, True) as office:
        configure(office, "tls", "ours.pem")
        with Server(yinxin) as server:
            student = Person(server)
            student.register(STUDENT, "student", "欧阳明远", lambda: codes_in(yinxin)[-1])
            office.answers = ["451 later, please"]
            ticket, token = add_address(student)
            checks.check(until(lambda: office.letters, 20), "a letter that the server put off comes again")
            secure, raw = office.letters[-1] if office.letters else (False, b"")
            checks.check(secure, "over TLS")
            letter = email.message_from_bytes(raw, policy=email.policy.default)
            checks.equal((letter["to"], str(letter["from"])), (ADDRESS, "印信 <zs@example.cn>"), "to whom, from whom")
            checks.equal(letter["subject"], "【印信】验证码 / Your code", "subject")
            checks.equal(letter["auto-submitted"], "auto-generated", "nobody's absence is answered to it")
            checks.check(letter["date"] and re.fullmatch(r"<[0-9a-f]{32}@127\.0\.0\.1>", letter["message-id"] or ""), "date and name", letter["message-id"])
            checks.none(letter.defects, "no defect")
            text = letter.get_content()
            found = re.search(r"验证码 (\d{6})", text)
            checks.check(found and "is your code" in text, "the text in both languages", text)
            login = base64.b64encode(f"\0zs\0{SECRET}".encode()).decode()
            checks.check((True, f"AUTH PLAIN {login}") in office.talk, "the server is told user and password, over TLS alone")
            form = {"token": token, "email": ADDRESS, "ticket": ticket}
            wrong = f"{(int(found[1]) + 1) % 1_000_000:06}"
            checks.equal(student.ask("POST", "/account/email/confirm", form | {"code": wrong})[0], 400, "a wrong code is refused")
            other = form | {"code": found[1], "email": "other@example.cn"}
            checks.equal(student.ask("POST", "/account/email/confirm", other)[0], 400, "the code is not good for another address")
            checks.equal(student.ask("POST", "/account/email/confirm", form | {"code": found[1]})[:2], (303, "/account"), "the right one gives the account its address")
            checks.check("m***@example.cn" in student.ask("GET", "/account")[2], "the account shows it masked")
            checks.equal(student.ask("POST", "/account/email/confirm", form | {"code": found[1]})[0], 400, "a code is good once")
            before = len(office.talk)
            office.answers = ["550 no such person"]
            add_address(student, "nobody@example.cn")
            checks.check(until(lambda: "refused for good" in yinxin.log_text(), 10), "a letter that is refused for good")
            time.sleep(6)
            checks.equal(sum(verb == "DATA" for _, verb in office.talk[before:]), 1, "is not sent again")
            checks.equal(student.ask("POST", "/account/email/remove", {"token": token})[:2], (303, "/account"), "the address can be taken away")
    with PostOffice(context, False) as office:
        configure(office, "starttls", "ours.pem")
        with Server(yinxin) as server:
            student = Person(server)
            student.sign_in(STUDENT)
            add_address(student)
            checks.check(until(lambda: office.letters, 10), "STARTTLS")
            checks.none([w for s, w in office.talk if not s and w.split(" ")[0] not in ("EHLO", "STARTTLS")], "nothing is said in the clear but the greeting")
    with PostOffice(context, True) as office:
        configure(office, "tls", "others.pem")
        with Server(yinxin) as server:
            student = Person(server)
            student.sign_in(STUDENT)
            add_address(student)
            checks.check(until(lambda: "UnknownIssuer" in yinxin.log_text(), 10), "a server that another authority vouches for gets nothing")
            checks.equal((office.talk, office.letters), ([], []), "not even a greeting")
    file.write_text(plain + '\n[mail]\nserver = "smtp.example.cn"\nsecurity = "none"\nfrom = "zs@example.cn"\n', encoding="utf-8")
    checks.equal(yinxin.run("account", "list").returncode, 2, "letters in the clear to another machine: the configuration is refused")
    log = yinxin.log_text()
    checks.none([private for private in (STUDENT, ADDRESS, "nobody@example.cn", SECRET) if private in log], "no address, telephone or password in the log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
