"""As much of the Hub, on loopback, as publishing and pulling need: repositories, large files, commits, their files."""

import base64
import hashlib
import json
import re
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

TOKEN = "hf_made_up"


class Hub:
    """A server that runs until it is closed.

    blobs    : sha256 -> bytes; commits : commit -> path -> (sha256, whether it is a large file)
    asked    : method, path and where a range begins, of every request
    uploads_left, downloads_left : at this large file from now on it is `stuck` until `go_on` is set
    bytes_left : after so many bytes of the next large file the connection breaks, once
    says_lengths : whether an answer tells how long it is
    pause_s  : between two sixteenths of a large file; elsewhere : whether large files are at another address
    """

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.commits: dict[str, dict[str, tuple[str, bool]]] = {}
        self.heads: dict[str, str] = {}
        self.asked: list[str] = []
        self.uploads_left = self.downloads_left = self.bytes_left = -1
        self.pause_s, self.elsewhere, self.says_lengths = 0.0, False, True
        self.stuck, self.go_on = threading.Event(), threading.Event()
        hub = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), hub)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()

    def put(self, repository: str, files: dict[str, bytes]) -> str:
        """A new commit of exactly these files; which it is."""
        shas = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
        self.blobs |= {shas[path]: content for path, content in files.items()}
        commit = hashlib.sha1(json.dumps([repository, shas]).encode()).hexdigest()
        self.commits[commit] = {path: (sha, path.endswith((".safetensors", ".bin"))) for path, sha in shas.items()}
        self.heads[repository] = commit
        return commit

    def hang(self) -> None:
        """Whoever is being served waits from now on."""
        self.stuck.set()
        self.go_on.wait()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked was killed
            super().handle()

    def say(self, code: int, body: object = None, **headers: object) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        self.send_response(code)
        for name, value in ({"Content-Length": len(content)} | headers).items():
            if self.hub.says_lengths or name.replace("_", "-") != "Content-Length":
                self.send_header(name.replace("_", "-"), str(value))
        self.close_connection |= not self.hub.says_lengths
        self.end_headers()
        if self.command != "HEAD":
            size = len(content) // 16 + 1
            for begin in range(0, len(content), size) if self.hub.pause_s else ():
                self.wfile.write(content[begin : begin + size])
                time.sleep(self.hub.pause_s)
            self.wfile.write(b"" if self.hub.pause_s else content)

    def note(self) -> tuple[str, bytes]:
        """The path, and what was sent along."""
        path = unquote(self.path.partition("?")[0])
        begin = (self.headers.get("Range") or "").removeprefix("bytes=").rstrip("-")
        self.hub.asked.append(f"{self.command} {path} {begin}".rstrip())
        if self.headers.get("Transfer-Encoding") != "chunked":
            return path, self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return path, body

    def do_POST(self) -> None:
        path, body = self.note()
        hub = self.hub
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.say(401, {"error": "no"})
        if path == "/api/repos/create":
            told = json.loads(body)
            name = f"{told['organization']}/{told['name']}"
            url = {"url": f"{hub.address}/{name}", "name": name}
            if told["organization"] == "another":
                return self.say(403, {"error": "no"})
            if name in hub.heads:
                return self.say(409, url)
            hub.commits[hub.heads.setdefault(name, "0" * 40)] = {}
            return self.say(200, url)
        if path == "/api/validate-yaml":
            return self.say(200, {"errors": [], "warnings": []})
        if re.fullmatch("/api/models/.+/preupload/main", path):
            large = {True: "lfs", False: "regular"}
            files = [
                {"path": it["path"], "uploadMode": large[it["path"].endswith(".safetensors")], "shouldIgnore": False}
                for it in json.loads(body)["files"]
            ]
            return self.say(200, {"files": files})
        if path.endswith(".git/info/lfs/objects/batch"):
            objects = []
            for it in json.loads(body)["objects"]:
                to = {"upload": {"href": f"{hub.address}/lfs/{it['oid']}"}}
                objects.append(it if it["oid"] in hub.blobs else it | {"actions": to})
            return self.say(200, {"transfer": "basic", "objects": objects})
        if found := re.fullmatch("/api/models/(.+)/commit/main", path):
            files = dict(hub.commits[hub.heads[found[1]]])
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    content = base64.b64decode(value["content"])
                    files[value["path"]] = hashlib.sha256(content).hexdigest(), False
                    hub.blobs[files[value["path"]][0]] = content
                elif line["key"] == "lfsFile":
                    files[value["path"]] = value["oid"], True
            commit = hub.heads[found[1]] = hashlib.sha1(body).hexdigest()
            hub.commits[commit] = files
            return self.say(200, {"commitOid": commit, "commitUrl": f"{hub.address}/{found[1]}/commit/{commit}"})
        self.say(404)

    def do_PUT(self) -> None:
        path, body = self.note()
        self.hub.uploads_left -= 1
        if self.hub.uploads_left == 0:
            return self.hub.hang()
        name = path.rpartition("/")[2]
        if hashlib.sha256(body).hexdigest() != name:  # whoever sent it was killed
            return self.say(400)
        self.hub.blobs[name] = body
        self.say(200)

    def do_GET(self) -> None:
        path, _ = self.note()
        hub, found = self.hub, re.fullmatch("(?:/cdn)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if found is None or found[1] not in hub.heads:
            return self.say(404, X_Error_Code="RepoNotFound")
        commit = hub.heads[found[1]] if found[2] == "main" else found[2]
        if commit not in hub.commits:
            return self.say(404, X_Error_Code="RevisionNotFound")
        if found[3] not in hub.commits[commit]:
            return self.say(404, X_Error_Code="EntryNotFound")
        sha, is_large = hub.commits[commit][found[3]]
        if is_large and hub.elsewhere and not path.startswith("/cdn"):
            return self.say(302, Location=f"{hub.address}/cdn{path}")
        content = hub.blobs[sha]
        told = {"ETag": f'"{sha}"', "X_Repo_Commit": commit, "Accept_Ranges": "bytes"}
        if is_large:
            told |= {"X_Linked_Etag": f'"{sha}"', "X_Linked_Size": len(content)}
        begin = int(hub.asked[-1].rpartition(" ")[2]) if self.headers.get("Range") else 0
        if self.command == "GET" and is_large and 0 <= hub.bytes_left < len(content):
            part, hub.bytes_left = content[: hub.bytes_left], -1
            self.send_response(200)
            for name, value in (told | {"Content_Length": len(content)}).items():
                self.send_header(name.replace("_", "-"), str(value))
            self.end_headers()
            self.wfile.write(part)
            self.wfile.flush()
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        if self.command == "GET" and is_large:
            hub.downloads_left -= 1
            if hub.downloads_left == 0:
                return hub.hang()
        code = 206 if begin else 200
        told |= {"Content_Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"} if begin else {}
        self.say(code, content[begin:], Content_Length=len(content) - begin, **told)

    do_HEAD = do_GET
