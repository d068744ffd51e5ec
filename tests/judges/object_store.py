"""An object store that other people made (moto), which checks each signature and each permission. `bucket.py` runs it in an environment of its
own, over TLS, and tells it by lines of JSON what to show or to lose.
"""

import json
import os
import sys
import threading

PORT, CERTIFICATE, KEY, AUTHORITY = sys.argv[1:5]
ENDPOINT = f"https://127.0.0.1:{PORT}"
BUCKET, OTHER, REGION = "yinxin-judge", "yinxin-other", "us-east-1"
# So many requests are taken from anybody: those below, which make the first users, buckets and the role.
SETUP = 11
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = str(SETUP)
os.environ |= {"AWS_ACCESS_KEY_ID": "setup", "AWS_SECRET_ACCESS_KEY": "setup", "AWS_DEFAULT_REGION": REGION}

import boto3  # noqa: E402 (the environment comes first)
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def policy(*actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})


def setup():
    """Buckets, a key that may do what the guide says, one that may only read, and a role. Each call is one of SETUP."""
    client = {name: boto3.client(name, endpoint_url=ENDPOINT, verify=AUTHORITY) for name in ("iam", "s3", "sts")}
    iam, made = client["iam"], {}
    for user, actions in (("service", ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket")), ("reader", ("s3:GetObject", "s3:ListBucket"))):
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=policy(*actions))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        made[user] = {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    for bucket in (BUCKET, OTHER):
        client["s3"].create_bucket(Bucket=bucket)
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
    role = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="machine", PolicyName="all", PolicyDocument=policy("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"))
    lent = client["sts"].assume_role(RoleArn=role, RoleSessionName="judge")["Credentials"]
    made["role"] = {"id": lent["AccessKeyId"], "secret": lent["SecretAccessKey"], "token": lent["SessionToken"]}
    return made


def inside(bucket):
    (account,) = (backend for _, backend in s3_backends.items() if bucket in backend["aws"].buckets)
    return account["aws"].buckets[bucket].keys


def obey(order):
    keys = inside(order["bucket"])
    match order["do"]:
        case "objects":
            marks = [mark.encode() for mark in order["marks"]]
            return {name: [len(key.value), any(mark in key.value for mark in marks)] for name, key in keys.items()}
        case "lose":
            for name in order["names"]:
                keys.pop(name)
            return len(order["names"])


def main():
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", int(PORT), app, threaded=True, request_handler=Quiet, ssl_context=(CERTIFICATE, KEY))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(setup()), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
