-- Persons who were erased, for the list outside the directory that a restored backup is held against.
CREATE TABLE erased (
    person TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
