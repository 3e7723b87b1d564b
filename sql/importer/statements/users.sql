-- A number that is known to another company is refused without saying whose
-- it is.

-- name: check_users
INSERT INTO import_problems
SELECT 'users.csv', 'phone', (array_agg(line ORDER BY line))[2:7], count(*) - 1,
  format('is the same number as on line %s', min(line))
FROM import_users
GROUP BY phone
HAVING count(*) > 1
UNION ALL
SELECT 'users.csv', 'phone', ARRAY[u.line], 1, 'this number belongs to another company'
FROM import_users AS u
JOIN profiles AS p ON p.phone_number = u.phone AND p.company_id <> $1;

-- A column that the file lacks keeps what is stored ($2 names those it has).
-- The order keeps two companies that claim the same numbers at the same moment
-- from waiting for each other; the one that comes second updates nothing, and
-- is then refused by the check above.

-- name: apply_users
INSERT INTO profiles (company_id, phone_number, name, email, role, persona, timezone, language)
SELECT $1, phone, COALESCE(name, ''), COALESCE(email, ''), COALESCE(role, 'viewer'), COALESCE(persona, 'default'),
  COALESCE(timezone, ''), COALESCE(language, 'en')
FROM import_users
ORDER BY phone
ON CONFLICT (phone_number) DO UPDATE SET
  name = CASE WHEN 'name' = ANY($2::text[]) THEN excluded.name ELSE profiles.name END,
  email = CASE WHEN 'email' = ANY($2) THEN excluded.email ELSE profiles.email END,
  role = CASE WHEN 'role' = ANY($2) THEN excluded.role ELSE profiles.role END,
  persona = CASE WHEN 'persona' = ANY($2) THEN excluded.persona ELSE profiles.persona END,
  timezone = CASE WHEN 'timezone' = ANY($2) THEN excluded.timezone ELSE profiles.timezone END,
  language = CASE WHEN 'language' = ANY($2) THEN excluded.language ELSE profiles.language END,
  updated_at = now()
WHERE profiles.company_id = excluded.company_id;
