"""GitHub's API on loopback, as far as it is asked: takes statuses and comments and remembers them, and lists releases."""
import http.server
import json
import re
import threading


class GitHubApi:
    def __enter__(self):
        statuses, comments, releases = [], [], []
        self.statuses, self.comments, self.releases = statuses, comments, releases

        def take(method, path, body):
            """The answer: code and what it holds."""
            if "/statuses/" in path:
                statuses.append({"path": path, **body})
                return 201, {}
            if match := re.fullmatch(r"/repos/[^/]+/[^/]+/issues/comments/(\d+)", path):
                comments[int(match[1])]["body"] = body["body"]
                return 200, {}
            if re.fullmatch(r"/repos/[^/]+/[^/]+/issues/\d+/comments", path):
                if method == "GET":
                    return 200, comments
                comments.append({"id": len(comments), "path": path, "user": {"type": "Bot"}, **body})
                return 201, {}
            if path == "/repos/cilium/cilium/releases":
                return 200, releases
            return 404, {"message": "Not Found"}

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                signed = self.headers.get("Authorization", "").lower() == "bearer lab-local-token"
                code, found = take(self.command, self.path.split("?")[0], body) if signed else (401, {"message": "Bad credentials"})
                answer = json.dumps(found).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
