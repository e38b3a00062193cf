"""Problems, each as the templates of what is reported of it: a body whose texts have slots.

Written as programs and senders write: some things that vary are marked by nothing (`{user}`,
`{file}`), and some texts of one service differ in a word only.
"""

from typing import Any

# Service, level, message. Every second one is of the half that is reported.
_MESSAGES = """
billing|error|card declined for order {int} of {mail}
billing|error|card {hex} expired {time}
billing|error|payment {uuid} timed out after {duration}
billing|error|payment {uuid} timed out in provider after {duration}
billing|warning|retrying payment {token} ({small} of 5)
billing|error|refund of {float} EUR for order {int} failed: 'amount {int} too high'
billing|error|refund of {float} USD for order {int} failed: 'no such order {int}'
billing|warning|user {user} has {small} unpaid invoices
shop|error|cart {hex} not found
shop|error|cart {hex} is locked by {user}
shop|warning|slow query ({duration}): SELECT * FROM carts WHERE id = '{uuid}'
shop|warning|slow query ({duration}): UPDATE carts SET total = {float} WHERE id = '{uuid}'
shop|error|connection to {ip}:{port} refused
shop|error|connection to {ip}:{port} reset by peer
shop|error|connection to {host} timed out
shop|error|could not resolve {host}
shop|error|upload of {file} failed: {size} is more than the limit of {size_2}
shop|error|upload of {file} failed: no space left on device
shop|info|session {token} of {user} expired
shop|warning|rate limit reached by {ip}: {int} requests in {small} s
shop|warning|rate limit reached by {ipv6}: {int} requests in {small} s
search|error|shard {small} of index products-{int} is red
search|error|shards [{list}] of index products-{int} have no replica
search|warning|heap at {float} % after {duration}
search|warning|garbage collection took {duration}, freed {size}
search|error|query {short} exceeded {small} s
mail|error|could not deliver {hex} to {mail}: mailbox full
mail|error|could not deliver {hex} to {mail}: no such user
mail|warning|queue has {int} messages, oldest {time}
mail|error|TLS handshake with {host}:{port} failed: certificate expired
auth|warning|failed login of {user} from {ip}
auth|warning|failed login of "{user}" from {ip} ({small} attempts)
auth|error|token {token} is not valid after {time}
auth|error|key {short} is revoked
auth|error|cannot reach directory at ldap://{host}:{port}/dc=example
worker|error|job {int} failed after {small} attempts, last one at {time}
worker|error|job {uuid} was killed: out of memory ({size})
worker|warning|job {int} waits since {duration}
worker|error|worker-{small} stopped: exit code {small}
worker|error|thread {small} of pool {hex} died with 0x{short}
gateway|error|upstream http://{ip}:{port}/v1/items/{int} answered after {duration}
gateway|error|upstream https://{host}/v1/users/{uuid} closed the connection
gateway|warning|body of {int} bytes from {ip} is too large
gateway|error|level=error msg="no route for request {uuid}" took={duration}
gateway|error|level=error msg="circuit open" upstream={ip}:{port} since={time}
kernel|error|Out of memory: Killed process {int} (java) total-vm:{int}kB
kernel|error|EXT4-fs error (device sda{small}): ext4_find_entry:{int}: inode #{int}
kernel|warning|CPU{small}: Core temperature above threshold, cpu clock throttled
kernel|warning|nf_conntrack: table full, dropping packet
scheduler|warning|pod web-{pod} on node-{small} is not ready
scheduler|error|pod api-{pod} on node-{small} was evicted: disk pressure ({float} %)
scheduler|error|container {hex} exited with {small}
backup|error|backup of {file} to bucket {hex} failed after {duration}
backup|error|checksum of {file} is {hex}, not {hex_2}
backup|warning|backup took {duration}, {size} in {int} files
backup|error|{syslog} tape {small} is full
"""

_PYTHON = (
    "Traceback (most recent call last):\n"
    '  File "/srv/{release}/app.py", line {{int}}, in __call__\n    return handle(request)\n'
    '  File "/srv/{release}/{name}.py", line {{int_2}}, in {name}\n    raise Failed\n'
    "{kind}: {{int_3}} of {{user}}\n"
)
_JAVA = (
    "com.shop.{kind}: order {{int}} of {{user}}\n"
    "\tat com.shop.{name}.run({name}.java:{{int_2}})\n"
    "\tat com.shop.Main$$Lambda$$$14/0x{{hex}}.call(Unknown Source)\n"
    "\tat java.base/java.lang.Thread.run(Thread.java:{{int_3}})\n"
)
_JAVASCRIPT = (
    "{kind}: {{user}} has no {{int}}\n"
    "    at {name} (/srv/dist/{name}.{{hex}}.js:{{int_2}}:{{int_3}})\n"
    "    at async run (/srv/dist/main.js:{{int_4}}:{{int_5}})\n"
)
_RAISED = (
    (_PYTHON, "ValueError", "pay"),
    (_PYTHON, "ValueError", "refund"),
    (_PYTHON, "shop.errors.Declined", "pay"),
    (_JAVA, "CartException", "Cart"),
    (_JAVA, "CartException", "Checkout"),
    (_JAVA, "PriceError", "Cart"),
    (_JAVASCRIPT, "TypeError", "render"),
    (_JAVASCRIPT, "TypeError", "submit"),
)
_ALERTS = ("DiskFull", "HighMemory", "TargetDown", "CertificateExpires")
_PATHS = ("/cart/{int}", "/users/{uuid}/orders", "/search?q={user}", "/health")


def problems() -> dict[str, Any]:
    """The template of each problem, by a name for it."""
    lines = [line.split("|", 2) for line in _MESSAGES.strip().splitlines()]
    return (
        {text: _logged(service, level, text) for service, level, text in lines}
        | {f"{kind} in {name}": _raised(*each) for each in _RAISED for _, kind, name in [each]}
        | {name: _alert(name) for name in _ALERTS}
        | {
            f"GET {path} {status}": _access(path, status)
            for path in _PATHS
            for status in (500, 200)
        }
        | {"counts": {"orders": "{int}", "at": "{time}"}, "prices": {"price": {"eur": "{float}"}}}
    )


def _logged(service: str, level: str, text: str) -> Any:
    return {
        "timestamp": "{time}",
        "service": service,
        "level": level,
        "message": text,
        "host": "web-{small_9}",
        "trace_id": "{hex_9}",
    }


def _raised(template: str, kind: str, name: str) -> Any:
    trace = template.replace("{kind}", kind).replace("{name}", name)
    trace = trace.replace("{release}", "shop-{hex_8}").replace("{{", "{").replace("}}", "}")
    return {
        "service": "shop",
        "level": "error",
        "message": "request {uuid} failed",
        "exc_info": trace,
    }


def _alert(name: str) -> Any:
    labels = {"alertname": name, "severity": "critical"}
    alert = {
        "labels": labels | {"instance": "{host}", "mountpoint": "/data{small}"},
        "annotations": {"summary": f"{name} on {{host_2}}: {{float}} %"},
        "startsAt": "{time}",
        "fingerprint": "{hex}",
    }
    return {"status": "firing", "alerts": [alert], "groupLabels": labels, "commonLabels": labels}


def _access(path: str, status: int) -> Any:
    return {
        "service": "gateway",
        "method": "GET",
        "path": path,
        "status": status,
        "duration_ms": "{int_9}",
        "remote": "{ip}",
    }
