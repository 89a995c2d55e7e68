"""Where photos are kept: files in the centre's folder, or any store that speaks S3.

A photo is named by the SHA-256 of its bytes and never changes, in either place as ab/abcd....jpg.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import S3Store
from tpsbox.errors import EnvironmentFault, UsageError

from tpscentral.files import replace_whole, sync_folder

PART = "part-"
"""Files of this prefix are being written."""


class PhotoStore(Protocol):
    """Keeps photos and gives them back."""

    def put(self, sha: str, body: bytes) -> str:
        """Keep a photo (64 hex digits); its path in the store. Then it outlives a power cut.

        Raises:
            EnvironmentFault: the store does not take it; it is not there in part either.
        """

    def get(self, sha: str) -> bytes:
        """The bytes of a photo that was kept.

        Raises:
            EnvironmentFault: it is not there, or cannot be read.
        """


def open_photos(url: str, folder: Path) -> PhotoStore:
    """The store at a URL such as s3://bucket/prefix, or `folder` where there is none.

    Address and keys of an S3 store are taken from the usual environment variables (AWS_ENDPOINT,
    AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).

    Raises:
        UsageError: the URL is of no such store.
    """
    if not url:
        return FolderPhotos(folder)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise UsageError("photos: the URL of their store must be like s3://bucket/prefix")
    return S3Photos(parts.netloc, parts.path.strip("/"))


def path_of(sha: str) -> str:
    """The path of a photo in a store."""
    return f"{sha[:2]}/{sha}.jpg"


class FolderPhotos:
    """Photos as files; obstore's own local store would not wait for the disk."""

    def __init__(self, folder: Path) -> None:
        """Keep them below `folder`, which is there."""
        self._folder = folder

    def put(self, sha: str, body: bytes) -> str:
        """As `PhotoStore.put`."""
        target = self._folder / path_of(sha)
        try:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            replace_whole(target, [body], self._folder, prefix=PART)
            for place in (target.parent, self._folder):
                sync_folder(place)
        except OSError as error:
            raise EnvironmentFault(f"photo {target}: {error.strerror}") from error
        return path_of(sha)

    def get(self, sha: str) -> bytes:
        """As `PhotoStore.get`."""
        try:
            return (self._folder / path_of(sha)).read_bytes()
        except OSError as error:
            raise EnvironmentFault(f"photo {sha}: {error.strerror}") from error


class S3Photos:
    """Photos in a bucket; a store says that it has one only after it has it for good."""

    def __init__(self, bucket: str, prefix: str) -> None:
        """Use the bucket, which is there; nothing is asked of it yet."""
        self._store = S3Store(bucket, prefix=prefix or None)

    def put(self, sha: str, body: bytes) -> str:
        """As `PhotoStore.put`."""
        try:
            self._store.put(path_of(sha), body, attributes={"Content-Type": "image/jpeg"})
        except (BaseError, OSError) as error:
            raise _fault(sha, error) from error
        return path_of(sha)

    def get(self, sha: str) -> bytes:
        """As `PhotoStore.get`."""
        try:
            return bytes(self._store.get(path_of(sha)).bytes())
        except (BaseError, OSError) as error:
            raise _fault(sha, error) from error


def _fault(sha: str, error: Exception) -> EnvironmentFault:
    # What follows the first line is for those who debug obstore.
    return EnvironmentFault(f"photo {sha}: its store: {str(error).splitlines()[0][:200]}")
