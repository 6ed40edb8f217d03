"""A provider on loopback, for stories of dispatch: it does what the path says, and keeps a log of what it carried out.

    call_server.py PORT_FILE LOG_FILE [DELAY_MS]

A POST is carried out once for each time it arrives (there is no idempotency here, so that a second word is seen), named by its
Idempotency-Key, before anything is answered:

    /ok  /slow/MS            200 "ref-KEY", the latter after a while
    /lost  /cut  /garbage    carried out, and then: hangs up; half an answer; no HTTP
    /silent                  carried out, never answered
    /did500                  carried out, 500
    /odd                     carried out, 200 with a body that says nothing
    /processing/N            202; asked N times it says 202, then it is done
  and not carried out:
    /declined 402            /conflict/N 409 for the first N     /busy/S 429 with Retry-After: S, once
    /broken/N                500 for the first N
    /gone                    hangs up before it is carried out, once
    /down/FILE               503 as long as FILE is there, also to who asks

    GET /asked/KEY           200 "ref-KEY", 202, 402, or 404: as it stands

A line of LOG_FILE is "did KEY", "no KEY STATUS", "asked KEY STATUS" or, at the end of a connection, nothing. PORT_FILE is there when it
listens. DELAY_MS is slept before every answer. The largest number of requests under way at once is kept in LOG_FILE.most.
"""
import asyncio
import os
import sys

PORT_FILE, LOG_FILE = sys.argv[1:3]
DELAY_S = float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0
log = open(LOG_FILE, "a", encoding="ascii", buffering=1)
done = {}      # KEY -> state: done, or how often it is still "processing"
declined = set()
downs = {}     # KEY -> the file while which is there nothing is known of it
seen = {}
under_way = most = 0


def note(*words):
    log.write(" ".join(str(word) for word in words) + "\n")


def times(key, path):
    seen[key, path] = seen.get((key, path), 0) + 1
    return seen[key, path]


def answer(status, body="", headers=()):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode("ascii")


def asked(key):
    if os.path.exists(downs.get(key, "")):
        return 503, ""
    if key in declined:
        return 402, ""
    if key not in done:
        return 404, ""
    if done[key] > 0:
        done[key] -= 1
        return 202, ""
    return 200, "ref-" + key


async def post(path, key, writer):
    """The answer, or None: hang up."""
    words = path.strip("/").split("/", 1)
    how, argument = words[0], words[1] if len(words) > 1 else ""
    number = int(argument) if argument.isdigit() else 0

    def refuse(status, headers=()):
        note("no", key, status)
        return answer(status, "", headers)

    if how == "declined":
        declined.add(key)
        return refuse(402)
    if how == "conflict" and times(key, path) <= number:
        return refuse(409)
    if how == "busy" and times(key, path) == 1:
        return refuse(429, [f"Retry-After: {argument}"])
    if how == "broken" and times(key, path) <= number:
        return refuse(500)
    if how == "down":
        downs[key] = "/" + argument
    if how == "down" and os.path.exists("/" + argument):
        return refuse(503)
    if how == "gone" and times(key, path) == 1:
        note("no", key, "gone")
        return None
    note("did", key)
    done[key] = number if how == "processing" else 0
    if how == "slow":
        await asyncio.sleep(number / 1000)
    if how == "processing":
        return answer(202)
    if how == "did500":
        return answer(500)
    if how == "odd":
        return answer(200, "good morning")
    if how == "lost":
        return None
    if how == "cut":
        writer.write(answer(200, "ref-" + key)[:-5])
        return None
    if how == "garbage":
        writer.write(b"good morning\r\n\r\n")
        return None
    if how == "silent":
        await asyncio.sleep(3600)
    return answer(200, "ref-" + key)


async def serve(reader, writer):
    global under_way, most
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            lines = head.split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            headers = dict(line.lower().split(": ", 1) if i else line.split(" ", 1) for i, line in enumerate(lines) if line and i)
            keys = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("idempotency-key: ")]
            await reader.readexactly(int(headers.get("content-length", 0)))
            under_way += 1
            most = max(most, under_way)
            try:
                if method == "GET":
                    key = path[len("/asked/"):]
                    status, body = asked(key)
                    note("asked", key, status)
                    said = answer(status, body)
                else:
                    said = await post(path, keys[0], writer)
                if DELAY_S:
                    await asyncio.sleep(DELAY_S)
            finally:
                under_way -= 1
            if said is None:
                break
            writer.write(said)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        with open(LOG_FILE + ".most", "w", encoding="ascii") as file:
            print(most, file=file)
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    with open(PORT_FILE + ".new", "w", encoding="ascii") as file:
        print(server.sockets[0].getsockname()[1], file=file)
    os.rename(PORT_FILE + ".new", PORT_FILE)
    await server.serve_forever()

asyncio.run(main())
