"""Stack traces as each language prints them, with what has to be read from them."""

from typing import NamedTuple


class Printed(NamedTuple):
    """A trace, its type, and its innermost frames."""

    text: str
    type: str
    frames: tuple[str, ...]


PYTHON = Printed(
    """2026-11-23 10:31:20 ERROR request failed
Traceback (most recent call last):
  File "/srv/shop/card.py", line 3, in charge
    raise OSError(7)
OSError: 7

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop/app.py", line 40, in __call__
    return handler(request)
           ^^^^^^^^^^^^^^^^
  File "/srv/shop/pay.py", line 12, in pay
    charge(order)
shop.errors.Declined: card 4711 of order 17
""",
    "shop.errors.Declined",
    ("pay pay.py", "__call__ app.py"),
)
JAVA = Printed(
    """Exception in thread "main" java.lang.IllegalStateException: order 17 failed
\tat com.shop.Pay.pay(Pay.java:12)
\tat app//com.shop.Main$$Lambda$14/0x0000000800c8b440.run(Unknown Source)
\tat java.base@21.0.2/java.lang.Thread.run(Thread.java:1583)
Caused by: java.net.SocketTimeoutException: Read timed out
\tat com.shop.Net.read(Net.java:7)
\t... 2 more
""",
    "java.lang.IllegalStateException java.net.SocketTimeoutException",
    (
        "com.shop.Pay.pay Pay.java",
        "#.run Unknown Source",
        "java.lang.Thread.run Thread.java",
        "com.shop.Net.read Net.java",
    ),
)
JAVASCRIPT = Printed(
    """TypeError: Cannot read properties of undefined (reading 'id')
    at pay (/srv/shop/dist/pay.3f2a1b9c.js:10:5)
    at async Object.<anonymous> (file:///srv/shop/app.js:1:2)
    at /srv/shop/node_modules/express/lib/router.js:8:13
""",
    "TypeError",
    ("pay pay.#.js", "async Object.<anonymous> app.js", " router.js"),
)
DOTNET = Printed(
    """System.InvalidOperationException: order 17 failed
   at Shop.Pay.Charge(String card, Int32 cents) in C:\\src\\Shop\\Pay.cs:line 42
   at Shop.Program.<Main>d__0.MoveNext()
""",
    "System.InvalidOperationException",
    ("Shop.Pay.Charge Pay.cs", "Shop.Program.<Main>d__#.MoveNext "),
)
GO = Printed(
    """panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.(*Shop).pay(0xc000012345, {0x1, 0x2})
\t/srv/shop/pay.go:12 +0x1d
main.main()
\t/srv/shop/main.go:8 +0x20

goroutine 18 [select]:
net/http.(*Server).Serve(0xc0001)
\t/usr/lib/go/src/net/http/server.go:3 +0x1
""",
    "panic",
    ("main.(*Shop).pay pay.go", "main.main main.go"),
)
RUBY = Printed(
    """pay.rb:12:in `charge': card 4711 declined (Shop::Declined)
\tfrom app.rb:3:in `block in call'
\tfrom app.rb:1:in `<main>'
""",
    "Shop::Declined",
    ("charge pay.rb", "block in call app.rb", "<main> app.rb"),
)
PHP = Printed(
    """PHP Fatal error:  Uncaught Shop\\DeclinedException: card 4711 in /srv/shop/pay.php:3
Stack trace:
#0 /srv/shop/app.php(12): Shop\\Pay->charge('4711')
#1 /srv/shop/index.php(3): {closure}()
#2 {main}
  thrown in /srv/shop/pay.php on line 3
""",
    "Shop\\DeclinedException",
    ("Shop\\Pay->charge app.php", "{closure} index.php"),
)

PRINTED = {
    "python": PYTHON,
    "java": JAVA,
    "javascript": JAVASCRIPT,
    "dotnet": DOTNET,
    "go": GO,
    "ruby": RUBY,
    "php": PHP,
}
