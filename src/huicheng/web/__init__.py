"""What the doors for people share: base templates, design tokens, translations, the front end's build.

Django loads this package before its applications are ready, so the face is these modules:

* ``texts``: ``in_language(text)`` picks a pack's text, ``say(problem)`` translates a ``HuichengError``
* ``moments``: ``moment``, ``day``: instants as people read them
* ``outline``: the district's outline, from the boundary file or the demo's extra
* ``faults``: ``ErrorPages`` and the pages for 403, 404, 500
* ``language``: ``LanguageMiddleware``: Chinese first, ``?lang=`` keeps the address
* ``served``: the built front end under ``/static/``
"""
