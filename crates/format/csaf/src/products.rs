//! The product tree read out flat, and the statuses one by one: what matching needs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::document::{Advisory, Branch, FullProductName, Helper, Vulnerability};

/// One product that statements can speak of.
#[derive(Debug, Clone, PartialEq)]
pub struct Product<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// Category and name of the branches above it, from the outermost in: `vendor`, `product_name`, `product_version` …
    pub branches: Vec<(&'a str, &'a str)>,
    pub helper: Option<&'a Helper>,
    /// For a product put together of others: what it begins with, and where that is part of or installed.
    pub parts: Vec<Part<'a>>,
}

/// A product inside, on or with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// How it stands to the part before; empty for the first.
    pub category: &'a str,
    pub product: &'a str,
}

impl<'a> Product<'a> {
    /// The name of the branch of a category: `vendor`, `product_name`, `product_version`, `product_version_range`.
    pub fn branch(&self, category: &str) -> Option<&'a str> {
        self.branches.iter().rev().find(|(known, _)| *known == category).map(|(_, name)| *name)
    }

    /// Of both versions of the format.
    pub fn purls(&self) -> Vec<&'a str> {
        let helper = self.helper.into_iter();
        helper.flat_map(|helper| helper.purl.iter().chain(&helper.purls)).map(String::as_str).collect()
    }
}

impl Advisory {
    /// Every product of the tree, in the order of the document.
    pub fn products(&self) -> Vec<Product<'_>> {
        let mut products = Vec::new();
        let Some(tree) = &self.product_tree else { return products };
        let mut path = Vec::new();
        for branch in &tree.branches {
            walk(branch, &mut path, &mut products);
        }
        products.extend(tree.full_product_names.iter().map(|name| product(name, &[], Vec::new())));
        for relationship in &tree.relationships {
            let parts = vec![
                Part { category: "", product: relationship.product_reference.as_str() },
                Part {
                    category: &relationship.category,
                    product: &relationship.relates_to_product_reference,
                },
            ];
            products.push(product(&relationship.full_product_name, &[], parts));
        }
        for path in &tree.product_paths {
            let mut parts = vec![Part { category: "", product: path.beginning_product_reference.as_str() }];
            parts.extend(path.subpaths.iter().map(|step| Part {
                category: step.category.as_str(),
                product: step.next_product_reference.as_str(),
            }));
            products.push(product(&path.full_product_name, &[], parts));
        }
        products
    }

    /// The products of a group.
    pub fn group(&self, group_id: &str) -> BTreeSet<&str> {
        let groups = self.product_tree.iter().flat_map(|tree| &tree.product_groups);
        let members = groups.filter(|group| group.group_id == group_id).flat_map(|group| &group.product_ids);
        members.map(String::as_str).collect()
    }
}

fn walk<'a>(branch: &'a Branch, path: &mut Vec<(&'a str, &'a str)>, products: &mut Vec<Product<'a>>) {
    path.push((&branch.category, &branch.name));
    if let Some(name) = &branch.product {
        products.push(product(name, path, Vec::new()));
    }
    for inner in &branch.branches {
        walk(inner, path, products);
    }
    path.pop();
}

fn product<'a>(
    name: &'a FullProductName,
    branches: &[(&'a str, &'a str)],
    parts: Vec<Part<'a>>,
) -> Product<'a> {
    Product {
        id: &name.product_id,
        name: &name.name,
        branches: branches.to_vec(),
        helper: name.helper.as_ref(),
        parts,
    }
}

/// What is said about a product (CSAF 2.1, 3.2.4.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    FirstAffected,
    KnownAffected,
    LastAffected,
    FirstFixed,
    Fixed,
    KnownNotAffected,
    UnderInvestigation,
    Recommended,
    Unknown,
}

impl Status {
    /// Affected in the sense of the standard's groups: first, known and last affected.
    pub fn is_affected(self) -> bool {
        matches!(self, Self::FirstAffected | Self::KnownAffected | Self::LastAffected)
    }

    /// Fixed in the sense of the standard's groups: first fixed and fixed.
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::FirstFixed | Self::Fixed)
    }
}

/// One product and its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    pub product: &'a str,
    pub status: Status,
}

impl Vulnerability {
    /// Each product with its status, in the order of the document, lists in the order of [`Status`].
    pub fn statements(&self) -> Vec<Statement<'_>> {
        let Some(all) = &self.product_status else { return Vec::new() };
        let lists = [
            (Status::FirstAffected, &all.first_affected),
            (Status::KnownAffected, &all.known_affected),
            (Status::LastAffected, &all.last_affected),
            (Status::FirstFixed, &all.first_fixed),
            (Status::Fixed, &all.fixed),
            (Status::KnownNotAffected, &all.known_not_affected),
            (Status::UnderInvestigation, &all.under_investigation),
            (Status::Recommended, &all.recommended),
            (Status::Unknown, &all.unknown),
        ];
        lists
            .into_iter()
            .flat_map(|(status, ids)| ids.iter().map(move |product| Statement { product, status }))
            .collect()
    }

    /// Why each product is not affected: labels of VEX (`component_not_present` …) by product, groups resolved.
    pub fn justifications<'a>(&'a self, advisory: &'a Advisory) -> BTreeMap<&'a str, &'a str> {
        let mut found = BTreeMap::new();
        for flag in &self.flags {
            let of_groups = flag.group_ids.iter().flat_map(|group| advisory.group(group));
            for product in flag.product_ids.iter().map(String::as_str).chain(of_groups) {
                found.insert(product, flag.label.as_str());
            }
        }
        found
    }
}
