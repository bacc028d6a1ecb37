"""Pages of other origins read the data doors where a setting names them (CORS). Serves Q2."""

from __future__ import annotations

import shutil
from typing import Any

import httpx
import pytest
from browsing import FLAGS
from doors import City, InCity, served, station
from playwright.async_api import Page, async_playwright
from ports import free_port

from huicheng.api import shared
from huicheng.errors import Unavailable
from huicheng.project.asgi import compose
from huicheng.project.configuration import Configuration

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
HEADERS = {"origin": "https://map.example.cn", "access-control-request-method": "PATCH"}
#: What a page does that keeps to the standard, of which nothing is open to any page: a key, a method, a header.
FETCH = """async ([address, key, id]) => {
  const headers = {authorization: `Bearer ${key}`, 'content-type': 'application/json'};
  const patch = {method: 'PATCH', headers, body: JSON.stringify({type: 'Property', value: 7})};
  const changed = await fetch(`${address}/ngsi-ld/v1/entities/${id}/attrs/pm25`, patch);
  const query = 'type=AirQualityObserved&count=true&format=simplified';
  const read = await fetch(`${address}/ngsi-ld/v1/entities?${query}`, {headers});
  return [changed.status, read.headers.get('NGSILD-Results-Count'), (await read.json())[0].pm25];
}"""


async def _page(_: Any, __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"<!doctype html><title>Map</title>"})


async def _answered(page: Page, origin: str, given: list[str]) -> Any:
    await page.goto(origin)
    return await page.evaluate(FETCH, given)


def test_a_page_of_another_origin_reads_and_writes_with_a_key_where_it_is_named(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        async with served(_page, free_port()) as origin, async_playwright() as driver:
            doors = compose(shared(city.doors.apps, frozenset({origin})), _page)
            async with served(doors, free_port()) as address:
                given = [address, city.keys["writer"], station(1)["id"]]
                browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                page = await browser.new_page()
                assert await _answered(page, origin, given) == [204, "1", 7]
                with pytest.raises(Exception, match="Failed to fetch"):
                    await _answered(page, origin.replace("127.0.0.1", "localhost"), given)
                await browser.close()

    in_city(talk)


def test_what_a_page_may_send_is_said_to_those_that_are_named_alone(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for origins, named in (({"https://map.example.cn"}, True), ({"*"}, True), ({"https://other.cn"}, False)):
            app = compose(shared(city.doors.apps, frozenset(origins)), _page)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city") as client:
                asked = {**HEADERS, "access-control-request-headers": "authorization,ngsild-tenant"}
                answer = await client.options("/sta/v1.1/Things", headers=asked)
                allowed = answer.headers.get("access-control-allow-origin")
                assert (answer.status_code, allowed) == ((204, HEADERS["origin"]) if named else (204, None))
                assert ("ngsild-tenant" in answer.headers.get("access-control-allow-headers", "")) is named
                assert "origin" in answer.headers["vary"].lower()
                plain = await client.get("/sta/v1.1/Things")
                assert "access-control-allow-origin" not in plain.headers
                assert "access-control-allow-credentials" not in answer.headers
        assert shared(city.doors.apps, frozenset()) is city.doors.apps

    in_city(talk)


@pytest.mark.parametrize(
    "text", ["map.example.cn", "https://map.example.cn/", "https://*.cn", "ftp://x", "https://a b"]
)
def test_what_is_no_origin_is_refused_at_the_start(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("HUICHENG_ORIGINS", f"https://good.cn, {text}")
    with pytest.raises(Unavailable) as refused:
        Configuration(data=tmp_path)
    assert refused.value.place == "HUICHENG_ORIGINS"
    monkeypatch.setenv("HUICHENG_ORIGINS", "https://good.cn:8443, http://localhost:5173,*")
    assert len(Configuration(data=tmp_path).origins) == 3
