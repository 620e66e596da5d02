SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: doc
DocumentNamespace: https://example.org/1
Created: 2030-01-02T00:00:00Z

# the packages
PackageName: app
SPDXID: app

PackageName: gate
SPDXID: a
PackageVersion: 1.4.1
PackageSupplier: Organization: Example
PackageChecksum: SHA256: ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB
PackageComment: <text>two
lines: here</text>
ExternalRef: PACKAGE-MANAGER purl pkg:npm/gate@1.4.1
ExternalRef: SECURITY cpe23Type cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*
Relationship: SPDXRef-DOCUMENT DESCRIBES app
Relationship: a DEPENDENCY_OF app
