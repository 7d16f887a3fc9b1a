class Contacts < ActiveRecord::Migration[6.1]
  def up
    create_table :contacts do |table|
      table.references :account, null: false, foreign_key: { on_delete: :cascade }
      table.string :email, null: false
      table.jsonb :seen, default: {}
    end
    execute 'INSERT INTO contacts (account_id, email) SELECT id, email FROM accounts'
    remove_column :accounts, :email
  end

  def down
    add_column :accounts, :email, :string
    execute 'UPDATE accounts SET email = c.email FROM contacts c WHERE c.account_id = accounts.id'
    drop_table :contacts
  end
end
