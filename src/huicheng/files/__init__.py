"""Attachments, kept by content; and the installation's own generated secrets.

A photograph is verified, bounded, and encoded anew without metadata, before anything of it is kept.
"""

from huicheng.files.attachments import Attachment, Attachments
from huicheng.files.incoming import Incoming
from huicheng.files.photograph import MAX_BYTES, NotAnImage, TooLarge
from huicheng.files.secret import kept_secret

__all__ = ["MAX_BYTES", "Attachment", "Attachments", "Incoming", "NotAnImage", "TooLarge", "kept_secret"]
