"""The knowledge base: articles that officers write and look up, and answers that the public may read (W4.1).

Django loads this package before its models can be, so the face is these modules:

* ``models``: ``Article``, ``ArticleVersion``; ``Article.objects.visible_to(guard)``
* ``writing``: ``write(draft, actor)``, ``publish(id, actor)``, ``withdraw(id, actor)``
* ``finding``: ``find(text, guard) -> list[Found]``, ``read(guard, id)``
* ``markup``: ``blocks(body)``: the text in pieces that a page escapes
"""
