"""Double random draws (双随机、一公开; W4.4): who is inspected and who inspects, so that anybody can check.

* ``planning``: ``plan(wish, actor) -> Draw``: fixes register, inspectors and a committed seed
* ``drawing``: ``draw(id, words, actor) -> Draw``: draws, and opens one case for each object
* ``replay``: ``protocol(draw)`` and ``replay(protocol)``: all that somebody else needs to draw again
* ``conflicts``: declared conflicts of interest
* ``lots``: the method itself, pure
"""
