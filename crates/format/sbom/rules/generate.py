"""Turns the schemas of CycloneDX into the rule files beside this script: `generate.py FOLDER-OF-SCHEMAS`.

The folder holds bom-1.4 to bom-1.7 as .schema.json and .xsd, spdx, jsf-0.82 and cryptography-defs as .schema.json (a part
like `.SNAPSHOT` in a name does not matter). Kept is what decides whether a document is valid: no description, no title,
no example. The JSON Schemas stay JSON Schemas; of the XML Schemas remain content models, attributes and simple types.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"
WORDS = {"description", "title", "examples", "$comment", "meta:enum", "deprecated", "default", "readOnly"}
MAPS = {"properties", "definitions", "patternProperties", "dependencies"}


def stripped(schema, in_map=False):
    if isinstance(schema, list):
        return [stripped(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for name, value in schema.items():
        if not in_map and name in WORDS:
            continue
        if not in_map and name == "$ref":
            value = value.replace(".SNAPSHOT", "")
        if not in_map and name in ("$id", "$schema"):
            kept[name] = value
            continue
        if not in_map and name in ("enum", "const", "required"):
            kept[name] = value
            continue
        kept[name] = stripped(value, in_map=not in_map and name in MAPS)
    return kept


class Grammar:
    """One XML Schema as plain tables."""

    def __init__(self, root):
        self.root = root
        self.simple = {node.get("name"): node for node in root.findall(f"{XS}simpleType")}
        self.complex = {node.get("name"): node for node in root.findall(f"{XS}complexType")}
        self.groups = {node.get("name"): node for node in root.findall(f"{XS}attributeGroup")}
        self.types = {}

    def built(self):
        elements = {
            node.get("name"): self.element_type(node, node.get("name"))
            for node in self.root.findall(f"{XS}element")
        }
        return {
            "namespace": self.root.get("targetNamespace"),
            "elements": elements,
            "types": dict(sorted(self.types.items())),
        }

    def named(self, name):
        """A reference to a type: built in (`xs:string`) or of this schema."""
        if name.startswith("xs:"):
            return name
        if name == "spdx:licenseId":
            return name
        local = name.split(":")[-1]
        if local not in self.types:
            self.types[local] = None
            if local in self.simple:
                self.types[local] = self.simple_type(self.simple[local], local)
            else:
                self.types[local] = self.complex_type(self.complex[local], local)
        return local

    def anonymous(self, node, place):
        name = f"@{place}"
        number = 2
        while name in self.types:
            name, number = f"@{place}-{number}", number + 1
        self.types[name] = None
        if node.tag == f"{XS}simpleType":
            self.types[name] = self.simple_type(node, place)
        else:
            self.types[name] = self.complex_type(node, place)
        return name

    def element_type(self, node, place):
        if node.get("type"):
            return self.named(node.get("type"))
        for tag in ("simpleType", "complexType"):
            child = node.find(f"{XS}{tag}")
            if child is not None:
                return self.anonymous(child, place)
        return "xs:anyType"

    def simple_type(self, node, place):
        union = node.find(f"{XS}union")
        if union is not None:
            members = [self.named(name) for name in (union.get("memberTypes") or "").split()]
            members += [self.anonymous(child, place) for child in union.findall(f"{XS}simpleType")]
            return {"union": members}
        restriction = node.find(f"{XS}restriction")
        made = {}
        if restriction.get("base"):
            made["base"] = self.named(restriction.get("base"))
        else:
            made["base"] = self.anonymous(restriction.find(f"{XS}simpleType"), place)
        for facet in restriction:
            name = facet.tag.replace(XS, "")
            if name in ("enumeration", "pattern"):
                made.setdefault(name, []).append(facet.get("value"))
            elif name != "annotation":
                assert name in ("minLength", "maxLength", "minInclusive", "maxInclusive"), name
                made[name] = float(facet.get("value"))
        return made

    def complex_type(self, node, place):
        made = {"attributes": {}}
        if node.get("mixed") == "true":
            made["mixed"] = True
        holder = node
        simple = node.find(f"{XS}simpleContent")
        if simple is not None:
            holder = simple.find(f"{XS}extension")
            if holder is None:
                holder = simple.find(f"{XS}restriction")
            made["text"] = self.named(holder.get("base"))
        inner = node.find(f"{XS}complexContent")
        if inner is not None:
            holder = inner.find(f"{XS}extension")
            base = self.types[self.named(holder.get("base"))]
            made["attributes"].update(base["attributes"])
            if "content" in base:
                made["content"] = base["content"]
        self.attributes(holder, made, place)
        for tag in ("sequence", "choice"):
            group = holder.find(f"{XS}{tag}")
            if group is not None:
                own = self.particle(group, place)
                before = made.get("content")
                made["content"] = {"sequence": [before, own], "min": 1, "max": 1} if before else own
        return made

    def attributes(self, holder, made, place):
        for child in holder:
            if child.tag == f"{XS}attribute":
                simple = child.find(f"{XS}simpleType")
                if simple is not None:
                    kind = self.anonymous(simple, f"{place}.{child.get('name')}")
                else:
                    kind = self.named(child.get("type") or "xs:string")
                made["attributes"][child.get("name")] = {
                    "type": kind,
                    "required": child.get("use") == "required",
                }
            elif child.tag == f"{XS}attributeGroup":
                self.attributes(self.groups[child.get("ref").split(":")[-1]], made, place)
            elif child.tag == f"{XS}anyAttribute":
                made["anyAttribute"] = child.get("namespace", "##any")

    def particle(self, node, place):
        tag = node.tag.replace(XS, "")
        most = node.get("maxOccurs", "1")
        made = {"min": int(node.get("minOccurs", "1")), "max": None if most == "unbounded" else int(most)}
        if tag == "element":
            name = node.get("name") or node.get("ref").split(":")[-1]
            made["element"] = name
            made["type"] = self.element_type(node, f"{place}.{name}") if node.get("name") else name
        elif tag == "any":
            made["any"] = node.get("namespace", "##any")
        else:
            children = [child for child in node if child.tag != f"{XS}annotation"]
            made[tag] = [self.particle(child, place) for child in children]
        return made


def find(folder, start, end):
    found = sorted(path for path in folder.iterdir() if path.name.startswith(start) and path.name.endswith(end))
    assert found, f"{start}*{end} is missing"
    return found[0]


def write(name, value):
    path = pathlib.Path(__file__).parent / name
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def main():
    folder = pathlib.Path(sys.argv[1])
    for version in ("1.4", "1.5", "1.6", "1.7"):
        schema = json.loads(find(folder, f"bom-{version}", ".schema.json").read_text(encoding="utf-8"))
        write(f"cyclonedx-{version}.schema.json", stripped(schema))
        root = ElementTree.parse(find(folder, f"bom-{version}", ".xsd")).getroot()
        write(f"cyclonedx-{version}.xml.json", Grammar(root).built())
    for name in ("spdx", "jsf-0.82", "cryptography-defs"):
        schema = json.loads(find(folder, name, ".schema.json").read_text(encoding="utf-8"))
        write(f"{name}.schema.json", stripped(schema))


main()
