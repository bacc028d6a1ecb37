"""Cases: one engine for every kind; kinds differ by data (``cases.yaml`` of the packs).

Django loads this package before its models can be, so the face is these modules:

* ``models``: ``Case``, ``CaseEvent``, ``CaseAttachment``; ``Case.objects.visible_to(guard)``
* ``engine``: ``open_case(filing)``, ``act(case_id, action, actor, form, expected_version=...)``,
  ``actions_for(case, subject) -> list[Offer]``
* ``reporting``: ``report(...) -> Receipt(number, secret)``, ``follow(number, secret) -> PublicCase``
* ``inbox``: ``inbox(guard, filters, page)`` · ``search``: ``index(case)``, ``matching(guard, sought)``
* ``reading``: ``find(guard, number)``, ``timeline(case)``, ``clock_of(case)``
* ``kinds``: ``kind_of(name)``, ``public_categories()``
* ``alerts``: ``AlertConsumer(platform).step()`` · ``projection``: ``Projector(platform).step()``
"""
