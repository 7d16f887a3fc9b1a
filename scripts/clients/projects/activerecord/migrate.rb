# ActiveRecord's migrations as `rails db:migrate` runs them, without the rest of Rails:
#     ruby migrate.rb up | status | rollback | down | models
require 'active_record'

ActiveRecord::Base.establish_connection(
  adapter: 'postgresql',
  host: ENV['PGHOST'],
  port: ENV['PGPORT'],
  username: ENV['PGUSER'],
  password: ENV['PGPASSWORD'],
  database: ENV['PGDATABASE'],
  sslmode: 'verify-full',
  sslrootcert: ENV['PGSSLROOTCERT']
)
ActiveRecord::Migration.verbose = false

class Account < ActiveRecord::Base
  has_many :contacts
end

class Contact < ActiveRecord::Base
  belongs_to :account
end

context = ActiveRecord::MigrationContext.new('migrations', ActiveRecord::SchemaMigration)

case ARGV[0]
when 'up' then context.migrate
when 'status' then context.migrations_status.each { |line| puts line.join(' ') }
when 'rollback' then context.rollback(1)
when 'down' then context.down
when 'models'
  ada = Account.find_by!(name: 'Ada')
  ada.with_lock { ada.update!(name: 'Ada L.') }
  Account.transaction do
    Account.create!(name: 'Dee', slug: 'dee')
    raise ActiveRecord::Rollback
  end
  Contact.find_or_create_by!(account: ada, email: 'other@example.com')
  Account.upsert_all([{ id: ada.id, name: 'Ada', slug: 'ada' }])
  names = Contact.joins(:account).order(:id).pluck(:name, :email)
  abort "ERROR: #{names.inspect}" unless names.last == ['Ada', 'other@example.com']
else abort "ERROR: no command #{ARGV[0]}"
end
