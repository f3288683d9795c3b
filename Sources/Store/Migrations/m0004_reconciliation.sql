-- When everything that is listed was last held against everything the provider has.
ALTER TABLE user_connection ADD COLUMN reconciled_at timestamptz;
