"""The errors of the API: a status, a short id, a message; `{"id", "message", "request_id"}` on the wire."""

from __future__ import annotations


class ApiError(Exception):
    def __init__(self, status: int, id: str, message: str) -> None:
        super().__init__(message)
        self.status, self.id, self.message = status, id, message


def not_found(what: str = "The resource you were accessing could not be found.") -> ApiError:
    return ApiError(404, "not_found", what)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "bad_request", message)


def conflict(message: str) -> ApiError:
    return ApiError(409, "conflict", message)
