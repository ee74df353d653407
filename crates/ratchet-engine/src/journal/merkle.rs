//! The Merkle tree over entries, as in RFC 9162 (PROOF-1): leaves are hashed with a 0 in front, nodes with a 1.

use sha2::{Digest, Sha256};

/// The hash of a leaf.
pub fn leaf_hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// A tree that grows by leaves: only the roots of its full subtrees are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// Roots of full subtrees, the largest first.
    full: Vec<[u8; 32]>,
}

impl Tree {
    /// Without leaves.
    pub fn new() -> Tree {
        Tree::default()
    }

    /// Adds the hash of the next leaf.
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut hash = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            if let Some(left) = self.full.pop() {
                hash = node(&left, &hash);
            }
            size >>= 1;
        }
        self.full.push(hash);
        self.size += 1;
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its root; of a tree without leaves the hash of nothing.
    pub fn root(&self) -> [u8; 32] {
        let mut full = self.full.iter().rev();
        match full.next() {
            None => Sha256::digest([]).into(),
            Some(last) => full.fold(*last, |right, left| node(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tree, leaf_hash, node};
    use crate::hash::hex;

    /// PROOF-1: the test vectors of RFC 6962 and 9162 implementations, roots of the first 1 to 8 leaves.
    #[test]
    fn roots_of_the_known_tree() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::new();
        for (leaf, root) in leaves.into_iter().zip(roots) {
            tree.push(leaf_hash(&[leaf]));
            assert_eq!(hex(&tree.root()), root);
        }
    }

    /// PROOF-1: the same as splitting at the largest power of two, as the RFC defines it.
    #[test]
    fn roots_as_the_rfc_defines_them() {
        fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
            match leaves {
                [leaf] => *leaf,
                leaves => {
                    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                    node(&root(left), &root(right))
                }
            }
        }
        let (mut tree, mut leaves) = (Tree::new(), Vec::new());
        for number in 0..200_u32 {
            let leaf = leaf_hash(&[&number.to_be_bytes()]);
            tree.push(leaf);
            leaves.push(leaf);
            assert_eq!(tree.root(), root(&leaves), "{} leaves", tree.size());
        }
    }
}
