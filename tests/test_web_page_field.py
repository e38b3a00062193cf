"""What is written into the field of the page, and the example that it means."""

from collections.abc import Callable

from tests.browser import chromium
from tests.served import Served

MEANINGS = {
    "": "{}",
    "a=b": '{"a": "b"}',
    "a=1 b=1.50 c=-2e3": '{"a": 1, "b": 1.50, "c": -2e3}',
    'a="1" b=01': '{"a": "1", "b": "01"}',
    "a=true b=null c=nil": '{"a": true, "b": null, "c": "nil"}',
    "a.b=1 a.c=2": '{"a": {"b": 1, "c": 2}}',
    '"a.b"=1': '{"a.b": 1}',
    '"a b"."c=d"=x': '{"a b": {"c=d": "x"}}',
    'a=[1, "x y"] b={"c": {}}': '{"a": [1, "x y"], "b": {"c": {}}}',
    'a="" b=x=y': '{"a": "", "b": "x=y"}',
    "a=http://x/y?z": '{"a": "http://x/y?z"}',
    "X-Event=push ключ=значение": '{"X-Event": "push", "ключ": "значение"}',
    ' {"a": 12345678901234567890.10, "b": "\\u00e9"} ': '{"a": 12345678901234567890.10, "b": "é"}',
    '{"[x": 1, "": {"": "{"}}': '{"[x": 1, "": {"": "{"}}',
    '{"a": {}, "b": {"c": []}}': '{"a": {}, "b": {"c": []}}',
}

MISTAKES = {
    "a": (1, "= and a value are missing behind a"),
    "a=": (2, "a value is missing"),
    "a= b=1": (2, "a value is missing"),
    "a=1 a=2": (4, "a is given twice"),
    "a=1 a.b=2": (4, "a has a value already"),
    "=1": (0, "a name is missing"),
    "a..b=1": (2, "a name is missing"),
    'a="x': (2, "a string is not whole"),
    'a="x"b=1': (5, "put a space"),
    "{": (1, "not JSON: a key in double quotes"),
    '{"a": }': (6, "not JSON: “}” is no JSON"),
    '{"a": 1} x': (9, "not JSON: there is more behind the end"),
    "[1]": (0, "an example is an object"),
}

_READ = """async (texts) => {
    const {read, show, BadExample} = await import("/page/bar/example.js");
    const {write} = await import("/page/shared/json.js");
    return texts.map((text) => {
        try {
            const example = read(text);
            return [write(example), write(read(show(example)))];
        } catch (error) {
            if (!(error instanceof BadExample)) throw error;
            return [error.at, error.message];
        }
    });
}"""


async def test_it_means_what_it_says(serve_here: Callable[..., Served]) -> None:
    server = serve_here()
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{server.port}/docs")
        read = await page.evaluate(_READ, list(MEANINGS))
        refused = await page.evaluate(_READ, list(MISTAKES))

    for (text, meaning), (first, again) in zip(MEANINGS.items(), read, strict=True):
        assert first == meaning, text
        assert again == meaning, f"{text} is not shown as it is read"
    for (text, (place, message)), (at, said) in zip(MISTAKES.items(), refused, strict=True):
        assert (at, said[: len(message)]) == (place, message), text
