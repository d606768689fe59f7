from tests.audit.conftest import verdicts
def test_x(signed):
    a = signed.place.verify(signed.run)
    for v in a.verdicts: print(v)
    print(open(signed.run.path+"/journal.jsonl").read())
    assert 0
