//! Tenants: who has which role in them, links that make somebody one of the staff, keys of programs, whose programmes are.

use super::Tables;
use super::keys::{hash_of, random_id, secret};
use crate::fault::StoreError;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What a tenant asks of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asks {
    /// Staff does nothing before a second factor is set up (ACC-4).
    pub staff_second_factor: bool,
    /// Nobody joins a programme before a code has shown that they receive what is sent to their login.
    pub confirmed_login: bool,
}

/// What a link grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Id of the link.
    pub link: String,
    /// The tenant.
    pub tenant: String,
    /// The role.
    pub role: String,
    /// Who made the link.
    pub by: String,
}

/// A link for the first owner of a new tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerLink {
    /// The secret in it.
    pub token: String,
    /// When it ends.
    pub expires_at: i64,
}

/// A key of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    /// The tenant it works in.
    pub tenant: &'a str,
    /// The person it acts as.
    pub person: &'a str,
    /// What it is for.
    pub name: &'a str,
    /// What it may do.
    pub scopes: &'a [String],
    /// From when.
    pub now: i64,
    /// Until when.
    pub expires_at: i64,
}

/// The role that may everything in a tenant.
const OWNER: &str = "owner";
/// Who makes the links of first owners.
const SERVER: &str = "server";
/// A link works for so long: 72 hours.
const LINK_US: i64 = 72 * 3_600_000_000;

impl Tables<'_> {
    /// Whether anybody is an owner.
    pub fn has_owner(&self) -> Result<bool, StoreError> {
        Ok(self.one("SELECT 1 FROM role_grant WHERE role = ?1 LIMIT 1", [OWNER], |_| Ok(()))?.is_some())
    }

    /// A link by which somebody becomes the owner of a new tenant. While there is no owner at all, links made before end.
    pub fn add_owner_link(&self, tenant_name: &str, now: i64) -> Result<OwnerLink, StoreError> {
        if !self.has_owner()? {
            self.execute("DELETE FROM invitation WHERE tenant IS NULL AND used_by IS NULL", [])?;
        }
        let (token, hash) = secret();
        let expires_at = now.saturating_add(LINK_US);
        let insert = "INSERT INTO invitation (hash, id, tenant_name, role, created_by, expires_at) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(insert, (&hash[..], random_id("i"), tenant_name, OWNER, SERVER, expires_at))?;
        Ok(OwnerLink { token, expires_at })
    }

    /// A link to join a tenant's staff: its secret, its id, its end.
    pub fn add_invitation(
        &self,
        tenant: &str,
        role: &str,
        by: &str,
        now: i64,
    ) -> Result<(String, String, i64), StoreError> {
        let (token, hash) = secret();
        let (id, expires_at) = (random_id("i"), now.saturating_add(LINK_US));
        let insert = "INSERT INTO invitation (hash, id, tenant, role, created_by, expires_at) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(insert, (&hash[..], &id, tenant, role, by, expires_at))?;
        Ok((token, id, expires_at))
    }

    /// Uses a link up: the person has its role from now on, in a tenant that is made where the link is for a new one. `None` if the
    /// link is none, was used, or has ended. `owner` says whether it has to be one for a new tenant.
    pub fn use_link(
        &self,
        token: &str,
        person: &str,
        owner: bool,
        now: i64,
    ) -> Result<Option<Grant>, StoreError> {
        let hash = hash_of(token);
        let find = "SELECT id, tenant, tenant_name, role, created_by FROM invitation \
                    WHERE hash = ?1 AND used_by IS NULL AND expires_at > ?2";
        let found = self.one(find, (&hash[..], now), |row| {
            let link: (String, Option<String>, Option<String>, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            Ok(link)
        })?;
        let Some((link, tenant, name, role, by)) = found else { return Ok(None) };
        if owner != tenant.is_none() {
            return Ok(None);
        }
        let tenant = match tenant {
            Some(tenant) => tenant,
            None => {
                let tenant = random_id("t");
                let insert =
                    "INSERT INTO tenant (id, name, created_at, staff_second_factor) VALUES (?1, ?2, ?3, 1)";
                self.execute(insert, (&tenant, name.unwrap_or_default(), now))?;
                tenant
            }
        };
        self.execute("UPDATE invitation SET used_by = ?2 WHERE hash = ?1", (&hash[..], person))?;
        self.grant(&tenant, person, &role, &by, now)?;
        Ok(Some(Grant { link, tenant, role, by }))
    }

    /// Grants a role; `false` if the person has it.
    pub fn grant(
        &self,
        tenant: &str,
        person: &str,
        role: &str,
        by: &str,
        now: i64,
    ) -> Result<bool, StoreError> {
        let insert = "INSERT INTO role_grant (tenant, person, role, granted_at, granted_by) \
                      VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        Ok(self.execute(insert, (tenant, person, role, now, by))? == 1)
    }

    /// Takes a role away; `false` if the person does not have it.
    pub fn revoke(&self, tenant: &str, person: &str, role: &str) -> Result<bool, StoreError> {
        let delete = "DELETE FROM role_grant WHERE tenant = ?1 AND person = ?2 AND role = ?3";
        Ok(self.execute(delete, (tenant, person, role))? == 1)
    }

    /// How many have a role in a tenant.
    pub fn count_role(&self, tenant: &str, role: &str) -> Result<i64, StoreError> {
        let count = "SELECT count(*) FROM role_grant WHERE tenant = ?1 AND role = ?2";
        Ok(self.one(count, (tenant, role), |row| row.get(0))?.unwrap_or(0))
    }

    /// What a tenant asks of people; of one that is not there, all of it.
    pub fn asks(&self, tenant: &str) -> Result<Asks, StoreError> {
        let find = "SELECT staff_second_factor, confirmed_login FROM tenant WHERE id = ?1";
        let asks = self.one(find, [tenant], |row| {
            Ok(Asks { staff_second_factor: row.get(0)?, confirmed_login: row.get(1)? })
        })?;
        Ok(asks.unwrap_or(Asks { staff_second_factor: true, confirmed_login: true }))
    }

    /// Says what a tenant asks from now on.
    pub fn set_asks(&self, tenant: &str, asks: Asks) -> Result<(), StoreError> {
        let set = "UPDATE tenant SET staff_second_factor = ?2, confirmed_login = ?3 WHERE id = ?1";
        self.execute(set, (tenant, asks.staff_second_factor, asks.confirmed_login)).map(drop)
    }

    /// Whether the tenant asks its staff for a second factor that this person has not set up.
    pub fn lacks_second_factor(&self, tenant: &str, person: &str) -> Result<bool, StoreError> {
        Ok(self.asks(tenant)?.staff_second_factor && !self.has_second_factor(person)?)
    }

    /// Roles of a person, by tenant.
    pub fn roles(&self, person: &str) -> Result<Vec<(Tenant, String)>, StoreError> {
        let find = "SELECT tenant.id, tenant.name, role FROM role_grant JOIN tenant ON tenant.id = role_grant.tenant \
                    WHERE person = ?1 ORDER BY tenant.created_at, tenant.id, role";
        self.all(find, [person], |row| Ok((Tenant { id: row.get(0)?, name: row.get(1)? }, row.get(2)?)))
    }

    /// Who has which roles in a tenant: person and role.
    pub fn staff(&self, tenant: &str) -> Result<Vec<(String, String)>, StoreError> {
        let find = "SELECT person, role FROM role_grant WHERE tenant = ?1 ORDER BY granted_at, person, role";
        self.all(find, [tenant], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Makes a key; its secret is said once.
    pub fn add_key(&self, new: &NewKey<'_>) -> Result<(String, KeyRow), StoreError> {
        let (secret, hash) = secret();
        let id = random_id("k");
        let scopes = new.scopes.join(" ");
        let insert = "INSERT INTO api_key (hash, id, tenant, person, name, scopes, created_at, expires_at) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let row = (&hash[..], &id, new.tenant, new.person, new.name, scopes, new.now, new.expires_at);
        self.execute(insert, row)?;
        let key = KeyRow {
            id,
            name: new.name.to_owned(),
            scopes: new.scopes.to_vec(),
            created_at: new.now,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        Ok((secret, key))
    }

    /// Keys of a tenant, the newest first.
    pub fn keys(&self, tenant: &str) -> Result<Vec<KeyRow>, StoreError> {
        let find = "SELECT id, name, scopes, created_at, expires_at, revoked_at FROM api_key \
                    WHERE tenant = ?1 ORDER BY created_at DESC, id";
        self.all(find, [tenant], |row| {
            let scopes: String = row.get(2)?;
            let key = KeyRow {
                id: row.get(0)?,
                name: row.get(1)?,
                scopes: scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
                created_at: row.get(3)?,
                expires_at: row.get(4)?,
                revoked_at: row.get(5)?,
            };
            Ok(key)
        })
    }

    /// Revokes a key; `false` if there is none, or it was revoked.
    pub fn revoke_key(&self, tenant: &str, id: &str, now: i64) -> Result<bool, StoreError> {
        let set = "UPDATE api_key SET revoked_at = ?3 WHERE tenant = ?1 AND id = ?2 AND revoked_at IS NULL";
        Ok(self.execute(set, (tenant, id, now))? == 1)
    }

    /// A programme is this tenant's.
    pub fn add_programme(&self, programme: &str, tenant: &str, now: i64) -> Result<(), StoreError> {
        let insert = "INSERT INTO programme_tenant (programme, tenant, created_at) VALUES (?1, ?2, ?3) \
                      ON CONFLICT DO NOTHING";
        self.execute(insert, (programme, tenant, now)).map(drop)
    }

    /// Whose a programme is.
    pub fn tenant_of(&self, programme: &str) -> Result<Option<String>, StoreError> {
        let find = "SELECT tenant FROM programme_tenant WHERE programme = ?1";
        self.one(find, [programme], |row| row.get(0))
    }

    /// All programmes with their tenants, the oldest first.
    pub fn programmes(&self) -> Result<Vec<(String, String)>, StoreError> {
        let find = "SELECT programme, tenant FROM programme_tenant ORDER BY created_at, programme";
        self.all(find, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A person is this member of a programme.
    pub fn add_membership(
        &self,
        tenant: &str,
        programme: &str,
        person: &str,
        member: &str,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO membership (tenant, programme, person, member) VALUES (?1, ?2, ?3, ?4) \
                      ON CONFLICT DO NOTHING";
        self.execute(insert, (tenant, programme, person, member)).map(drop)
    }

    /// Which member of a programme a person is.
    pub fn member_of(&self, programme: &str, person: &str) -> Result<Option<String>, StoreError> {
        let find = "SELECT member FROM membership WHERE programme = ?1 AND person = ?2";
        self.one(find, (programme, person), |row| row.get(0))
    }

    /// Which person a member of a programme is.
    pub fn person_of(&self, programme: &str, member: &str) -> Result<Option<String>, StoreError> {
        let find = "SELECT person FROM membership WHERE programme = ?1 AND member = ?2";
        self.one(find, (programme, member), |row| row.get(0))
    }

    /// Where a person is a member: programme and member.
    pub fn memberships(&self, person: &str) -> Result<Vec<(String, String)>, StoreError> {
        let find = "SELECT programme, member FROM membership WHERE person = ?1 ORDER BY programme";
        self.all(find, [person], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Up to which entry a person has read what happened to them in a programme; `None` for nothing yet.
    pub fn messages_read(&self, programme: &str, person: &str) -> Result<Option<u64>, StoreError> {
        let find = "SELECT seq FROM message_read WHERE programme = ?1 AND person = ?2";
        let seq: Option<i64> = self.one(find, (programme, person), |row| row.get(0))?;
        Ok(seq.map(i64::cast_unsigned))
    }

    /// The person has read everything up to an entry; never less than before.
    pub fn read_messages(&self, programme: &str, person: &str, seq: u64) -> Result<(), StoreError> {
        let put = "INSERT INTO message_read (programme, person, seq) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (programme, person) DO UPDATE SET seq = max(seq, ?3)";
        self.execute(put, (programme, person, seq.cast_signed())).map(drop)
    }
}
